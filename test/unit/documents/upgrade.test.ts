import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fenced, project } from "../../support/documents";

const home = mkdtempSync(join(tmpdir(), "upgrade-"));
const [release, own, checkout] = ["release", "own", "checkout"].map((name) => join(home, name)) as [
  string,
  string,
  string,
];

function run(command: string, cwd: string): string {
  const names = {
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@b.c",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@b.c",
  };
  // Removes the variables that git sets if a hook runs the tests: they point to the hook's repository.
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  const quiet = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", GIT_EDITOR: "true", GIT_PAGER: "cat" };
  const env = { ...Object.fromEntries(others), ...names, ...quiet };
  const { status, stdout, stderr } = spawnSync("bash", ["-ec", command], { cwd, env, encoding: "utf8" });
  expect([command, status, stderr]).toEqual([command, 0, expect.any(String)]);
  return stdout;
}

beforeEach(() => {
  run(`git init -q -b main ${release}`, home);
  writeFileSync(join(release, "CHANGELOG.md"), "# Changelog\n");
  run("git add -A && git commit -qm first", release);
  run(`git clone -q ${release} ${checkout}`, home);
  // The guide's reader has a repository of their own, without the releases.
  run(`git clone -q --bare ${release} ${own} && git remote add release ${release}`, checkout);
});

afterEach(() => {
  for (const folder of [release, own, checkout]) rmSync(folder, { recursive: true });
});

afterAll(() => rmSync(home, { recursive: true }));

test.each([
  ["README.md", release],
  ["docs/aws.md", own],
])("the upgrade commands of %s show the changes of a new release and merge them", (path, origin) => {
  run(`git remote set-url origin ${origin}`, checkout);
  const [, section = ""] = readFileSync(join(project, path), "utf8").split("\n## Upgrade\n");
  const commands = (fenced(section, "bash")[0] ?? "").split("\n").filter((line) => line.startsWith("git "));
  appendFileSync(join(release, "CHANGELOG.md"), "- A novelty.\n");
  run("git commit -qam second", release);
  writeFileSync(join(checkout, "Pulumi.prod.yaml"), "config: {}\n");
  run("git add -A && git commit -qm settings", checkout);
  const printed = commands.map((command) => run(command, checkout));
  expect(printed.findIndex((text) => text.includes("+- A novelty."))).toBeLessThan(commands.length - 1);
  expect(printed.join("")).toContain("+- A novelty.");
  expect(readFileSync(join(checkout, "CHANGELOG.md"), "utf8")).toContain("- A novelty.");
});
