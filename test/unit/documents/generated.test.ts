import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { planLocalFleet } from "../../../model/fleet";
import { renderDocuments } from "../../../scripts/commands/documents";
import { withDiagrams } from "../../../scripts/documents/diagrams";
import { portClaims } from "../../../scripts/lib/check-ports";
import { documents, project } from "../../support/documents";
import { configure, monitoredSecrets, testHost } from "../../support/settings";

const toWrite = "node scripts/bin.mjs documents";

test(`generated parts of documents match the model (command that updates the parts: ${toWrite})`, () => {
  const made = renderDocuments();
  expect(Object.keys(made).sort()).toEqual([
    "README.md",
    "docs/aws.md",
    "docs/configuration.md",
    "docs/troubleshooting.md",
  ]);
  for (const [path, text] of Object.entries(made)) expect(read(path)).toBe(text);
});

function read(path: string): string {
  return readFileSync(join(project, path), "utf8");
}

test("the port table lists every port that a local stack listens on", () => {
  const [, tables = ""] = /<!-- port table -->([\s\S]*)<!-- end/.exec(read("docs/troubleshooting.md")) ?? [];
  const listed = [...tables.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/(\d+)(?:-(\d+))?/g)].map(([, first, last = first]) => [Number(first), Number(last)] as const),
  );
  const values = { monitoring: "true", domain: "example.com" };
  const claims = portClaims(planLocalFleet(configure(values, monitoredSecrets).settings, testHost));
  const missing = claims.filter(({ port }) => !listed.some(([first, last]) => first <= port && port <= last));
  expect(missing).toEqual([]);
});

test("every diagram of a stack is generated, and every generated diagram is in a document", async () => {
  // The diagram of trust boundaries describes every stack: test/unit/documents/security.test.ts checks it.
  const texts = documents.filter(([path]) => path !== "docs/security.md");
  const marks = texts.flatMap(([, text]) => [...text.matchAll(/<!-- diagram (\w+) -->/g)].map(([, name]) => name));
  expect(marks.sort()).toEqual(["dev", "prod", "regions"]);
  expect(texts.flatMap(([, text]) => text.match(/^```mermaid$/gm) ?? [])).toHaveLength(marks.length);
  expect(() => withDiagrams("<!-- diagram nothing -->\n<!-- end of diagram -->", {})).toThrow("no diagram nothing");
});

test.each(documents)("every link in %s leads to an existing file and heading", (path, text) => {
  for (const [, link = ""] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
    const [file = "", anchor] = link.split("#");
    const target = file === "" ? path : join(dirname(path), file);
    expect([link, existsSync(join(project, target))]).toEqual([link, true]);
    if (anchor) expect(anchors(readFileSync(join(project, target), "utf8"))).toContain(anchor);
  }
});

/** Returns the anchors that GitHub generates for headings. */
function anchors(text: string): readonly string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
}
