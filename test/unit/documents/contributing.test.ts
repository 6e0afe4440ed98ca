import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { inline, project } from "../../support/documents";

const text = readFileSync(join(project, "CONTRIBUTING.md"), "utf8");

/** Returns the paths in the page's inline code, including paths in commands. */
const paths = inline(text)
  .flatMap((code) => code.split(" "))
  .filter((word) => /^[\w.][\w.*/-]*$/.test(word) && (word.includes("/") || /\.(json|yaml)$/.test(word)));

/** Reports whether a path exists. A `*` in its last part matches any characters. */
function isPresent(path: string): boolean {
  if (!path.includes("*")) return existsSync(join(project, path));
  const [start = "", end = ""] = basename(path).split("*");
  return readdirSync(join(project, dirname(path))).some((name) => name.startsWith(start) && name.endsWith(end));
}

test("every path that CONTRIBUTING.md names exists", () => {
  expect(paths.length).toBeGreaterThan(60);
  expect(paths.filter((path) => !isPresent(path))).toEqual([]);
});

test.each(["scripts", "packages"])("CONTRIBUTING.md lists every folder of %s", (parent) => {
  const folders = readdirSync(join(project, parent), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => `${parent}/${name}/`).filter((folder) => !paths.includes(folder))).toEqual([]);
});
