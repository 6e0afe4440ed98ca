import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeRelease, planRelease } from "../../../scripts/release/release";

const changelog = `# Changelog

## Unreleased

### Added

- A command.

### Changed

### Fixed

- A failure, which
  took a minute.

## 0.1.0 - 2026-11-23

### Added

- Everything.
`;
const notes = "### Added\n\n- A command.\n\n### Fixed\n\n- A failure, which\n  took a minute.";
const date = "2026-12-01";

let folder: string;
const before = { ...process.env };

beforeEach(() => {
  // Removes the variables that git sets if a hook runs the tests: they point to the hook's repository.
  for (const name of Object.keys(process.env).filter((name) => name.startsWith("GIT_"))) delete process.env[name];
  Object.assign(process.env, { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" });
  folder = mkdtempSync(join(tmpdir(), "release-"));
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "Ada");
  git("config", "user.email", "ada@example.com");
  write("CHANGELOG.md", changelog);
  write("package.json", `${JSON.stringify({ name: "stack", version: "0.1.0" }, undefined, 2)}\n`);
  const packages = { "": { version: "0.1.0" }, "node_modules/other": { version: "0.1.0" } };
  write("package-lock.json", `${JSON.stringify({ version: "0.1.0", packages }, undefined, 2)}\n`);
  git("add", "--all");
  commit("feat: begin");
  git("tag", "v0.1.0");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  process.env = { ...before };
});

const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, encoding: "utf8", stdio: "pipe" }).trim();
const commit = (...paragraphs: string[]) =>
  git("commit", "--quiet", "--allow-empty", ...paragraphs.flatMap((paragraph) => ["--message", paragraph]));
const obstacles = (version: string): string => {
  try {
    planRelease(folder, version);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};
const read = (file: string) => readFileSync(join(folder, file), "utf8");
const write = (file: string, text: string) => writeFileSync(join(folder, file), text);

test("a release moves the unreleased changes in the changelog to its version, commits all version numbers and tags the commit", () => {
  commit("feat: add a command");
  const planned = planRelease(folder);
  expect([planned, git("status", "--porcelain"), git("tag")]).toEqual([
    { version: "0.2.0", tag: "v0.2.0", notes },
    "",
    "v0.1.0",
  ]);
  makeRelease(folder, planned, date);
  expect(read("CHANGELOG.md")).toBe(
    changelog.replace(/## Unreleased[\s\S]*?(?=## 0\.1\.0)/, `## Unreleased\n\n## 0.2.0 - ${date}\n\n${notes}\n\n`),
  );
  expect(JSON.parse(read("package.json")).version).toBe("0.2.0");
  expect(JSON.parse(read("package-lock.json"))).toEqual({
    version: "0.2.0",
    packages: { "": { version: "0.2.0" }, "node_modules/other": { version: "0.1.0" } },
  });
  expect(git("log", "-1", "--format=%s", "v0.2.0")).toBe("chore: release 0.2.0");
  expect(git("tag", "--list", "--format=%(contents)", "v0.2.0")).toBe(`0.2.0\n\n${notes}`);
  expect(git("status", "--porcelain")).toBe("");
  expect(() => planRelease(folder)).toThrow(/^CHANGELOG\.md: "## Unreleased" lists no change/);
});

test.each([
  ["a patch version for a fix and a documentation change", "0.1.0", "0.1.1", ["fix: reconnect"], ["docs: explain"]],
  ["a minor version for a feature", "1.4.2", "1.5.0", ["fix: reconnect"], ["feat(page): add a key"]],
  ["a minor version for a breaking change before 1.0.0", "0.1.0", "0.2.0", ["fix!: rename a setting"]],
  ["a major version for a breaking change", "1.4.2", "2.0.0", ["refactor!: rename a setting"]],
  ["a major version for a BREAKING CHANGE footer", "1.4.2", "2.0.0", ["fix: rename", "BREAKING CHANGE: run it again"]],
] as const)("the commits since the last release give %s", (_, current, next, ...commits) => {
  write("package.json", JSON.stringify({ version: current }));
  git("commit", "--quiet", "--all", "--message", "chore: set the version");
  for (const paragraphs of commits) commit(...paragraphs);
  expect(planRelease(folder).version).toBe(next);
});

test("the next version depends on commits since the last final release, not since a release candidate", () => {
  write("package.json", JSON.stringify({ version: "1.0.0" }));
  git("commit", "--quiet", "--all", "--message", "chore: set the version");
  git("tag", "v1.0.0-rc.1");
  commit("feat: add a command");
  git("tag", "v1.0.0");
  commit("fix: reconnect");
  expect(planRelease(folder).version).toBe("1.0.1");
});

test('a version or "major" that the user passes takes precedence over the commits', () => {
  const versions = ["major", "1.0.0-rc.1"].map((wanted) => planRelease(folder, wanted));
  expect(versions.map(({ version }) => version)).toEqual(["1.0.0", "1.0.0-rc.1"]);
});

test("reports all problems that prevent a release at once, each with a fix", () => {
  git("switch", "--quiet", "--create", "topic");
  write("CHANGELOG.md", changelog.replace(/^- .*\n( .*\n)?/gm, ""));
  const message = obstacles("0.1.0");
  expect(message).toMatch(/^work tree: the work tree has uncommitted changes: CHANGELOG\.md\. .* git stash -u$/m);
  expect(message).toMatch(/^branch "topic": a release requires the branch main.* git switch main$/m);
  expect(message).toMatch(/^CHANGELOG\.md: "## Unreleased" lists no change\. Describe/m);
  expect(message).toMatch(
    /^version "0\.1\.0": the version must be above the current version, 0\.1\.0\. .*npm run release -- VERSION$/m,
  );
  expect(message).toMatch(/^tag "v0\.1\.0": the tag already exists\. .*npm run release -- VERSION$/m);
});

test("a release rejects a text that is not a version", () => {
  expect(() => planRelease(folder, "next")).toThrow(
    'version "next": must be major, minor, patch or a version such as 0.2.0',
  );
});

test("a release whose commit fails leaves the work tree unchanged", () => {
  const planned = planRelease(folder);
  write(".git/hooks/pre-commit", "#!/bin/sh\necho no >&2\nexit 1\n");
  execFileSync("chmod", ["+x", join(folder, ".git/hooks/pre-commit")]);
  expect(() => makeRelease(folder, planned, date)).toThrow(/^git commit .*no$/s);
  expect([git("status", "--porcelain"), git("tag"), read("CHANGELOG.md")]).toEqual(["", "v0.1.0", changelog]);
});

test("a release whose tag fails leaves neither a commit nor a changed file", () => {
  const planned = planRelease(folder);
  const head = git("rev-parse", "HEAD");
  git("config", "tag.gpgSign", "true");
  git("config", "gpg.program", "false");
  expect(() => makeRelease(folder, planned, date)).toThrow(/^git tag /);
  expect([git("status", "--porcelain"), git("tag"), git("rev-parse", "HEAD")]).toEqual(["", "v0.1.0", head]);
});
