import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compareBuild } from "semver";
import { project } from "../../support/documents";

const text = readFileSync(join(project, "CHANGELOG.md"), "utf8");
const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading = ""]) => heading);

test("the changelog lists unreleased changes, then each version with its date, newest first", () => {
  const [first, ...releases] = headings;
  expect(first).toBe("Unreleased");
  const versions = releases.map((heading) => /^(\d+\.\d+\.\d+\S*) - \d{4}-\d\d-\d\d$/.exec(heading)?.[1] ?? heading);
  expect(versions).toEqual(versions.toSorted(compareBuild).reverse());
  expect(JSON.parse(readFileSync(join(project, "package.json"), "utf8")).version).toBe(versions[0]);
});

test("each change in the changelog is in a group of Keep a Changelog, and each group occurs once per version", () => {
  const groups = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
  for (const section of text.split(/^## /m).slice(1)) {
    const [, ...parts] = section.split(/^### /m);
    const names = parts.map((part) => part.split("\n")[0] ?? "");
    expect(groups).toEqual(expect.arrayContaining(names));
    expect(new Set(names).size).toBe(names.length);
    expect(section.split(/^### /m)[0]).not.toMatch(/^- /m);
  }
});
