import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { VideoGrant } from "livekit-server-sdk";
import * as session from "../../../examples/nextjs/app/api/livekit-token/session";
import { fenced, inline, project } from "../../support/documents";
import { testTitles } from "../../support/test-titles";
import { readWorkflows } from "../../support/workflows";
import { parseFlowchart } from "../capacity/flowchart";

const read = (path: string) => readFileSync(join(project, path), "utf8");
const guide = read("docs/security.md");
const policy = read("SECURITY.md");

/** Returns the text below a heading, up to the next heading. */
const section = (heading: string) => guide.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";

interface Row {
  readonly threat: string;
  readonly control: string;
  readonly tests: readonly (readonly [file: string, title: string])[];
}

const rows = section("Compare threats with controls")
  .split("\n")
  .filter((line) => /^\| (?!threat|---)/.test(line))
  .map((line): Row => {
    const [threat = "", control = "", tests = ""] = line.slice(2, -2).split(" | ");
    const named = tests.matchAll(/`([^`]+)`: "([^"]+)"/g);
    return { threat, control, tests: [...named].map(([, file = "", title = ""]) => [file, title]) };
  });

test("each threat in the security guide has a control and a test", () => {
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter(({ control, tests }) => control.trim() === "" || tests.length === 0)).toEqual([]);
  expect(new Set(rows.map(({ threat }) => threat)).size).toBe(rows.length);
});

/** Returns the names of the tests in a Python file, without decorated ones, such as skipped tests. */
const pythonTests = (text: string) =>
  [...text.matchAll(/^(?! *@).*\n *def (test_\w+)\(/gm)].map(([, name = ""]) => name);

test.each(rows.flatMap(({ threat, tests }) => tests.map(([file, title]) => ({ threat, file, title }))))(
  "the test against '$threat' exists and is not skipped: $file",
  ({ file, title }) => {
    expect([file, existsSync(join(project, file))]).toEqual([file, true]);
    expect(file.endsWith(".py") ? pythonTests(read(file)) : testTitles(read(file))).toContain(title);
  },
);

test.each([
  ['test("title", () => {});', ["title"]],
  ['describe.each([1])("%s", () => { it.each([["a)"]])("title", () => {}); });', ["title"]],
  ['// test("title")\nconst text = "title"; print("title");', []],
  ['test.skip("title", () => {}); xtest("title", () => {}); test.todo("title");', []],
  ['test.skip.each([1])("title", () => {});', []],
  ['describe.skip("group", () => { test("title", () => {}); });', []],
])("finds tests that run, in %j", (text, titles) => expect(testTitles(text)).toEqual(titles));

test("finds tests that run, in Python", () => {
  const skipped = '    @unittest.skip("slow")\n    def test_b(self):\n        pass\n';
  expect(pythonTests(`class Puller:\n    def test_a(self):\n        pass\n\n${skipped}`)).toEqual(["test_a"]);
});

test("the diagram of trust boundaries is a valid flowchart whose boxes are all in a boundary", () => {
  const [diagram = "", ...others] = fenced(guide, "mermaid");
  expect(others).toEqual([]);
  const { boxes, subgraphs, arrows } = parseFlowchart(diagram);
  expect([...subgraphs.keys()]).toEqual(["internet", "yours", "account", "node", "containers"]);
  const connected = new Set(arrows.flatMap(({ from, to }) => [from, to]));
  for (const [name, { parent }] of boxes)
    expect([name, parent !== undefined, connected.has(name)]).toEqual([name, true, true]);
});

test("every permission that the security guide names is a grant of LiveKit's tokens", () => {
  // TypeScript rejects a name that is not a grant.
  const grants: readonly (keyof VideoGrant)[] = [
    ...(["room", "roomJoin", "canPublish", "canPublishData", "canPublishSources"] as const),
    ...(["roomAdmin", "roomCreate", "roomList", "roomRecord", "ingressAdmin"] as const),
  ];
  const named = inline(section("Issue tokens")).filter((code) => /^\w+$/.test(code) && !(code in session));
  expect(new Set(named)).toEqual(new Set<string>(grants));
});

test("the security policy names the workflow's check and the waivers' file", () => {
  const job = readWorkflows().find(({ file }) => file === "security.yml")?.jobs["vulnerabilities"];
  expect(policy).toContain(`\`${job?.name}\``);
  expect(inline(policy)).toEqual(expect.arrayContaining([".github/workflows/security.yml", "osv-scanner.toml"]));
});

test("the security policy asks for private reports on GitHub, and contains no e-mail address", () => {
  expect(policy).toMatch(/\*\*Security\*\* tab and choose \*\*Report a vulnerability\*\*/);
  expect(policy).not.toMatch(/\b[\w.+-]+@[\w-]+\.\w/);
  for (const severity of ["critical", "high", "medium", "low"])
    expect(policy).toMatch(new RegExp(`^\\| ${severity} `, "m"));
});
