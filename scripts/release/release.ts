import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gt, inc, valid } from "semver";
import { type ConfigError, throwIfAny } from "../../model/user-error";
import { replaceFile } from "../../stacks/replace-file";
import { unreleasedNotes, withRelease } from "./changelog";
import { commitsIn, releaseTypeOf } from "./commits";
import { git } from "./git";

const releaseTypes = ["major", "minor", "patch"] as const;

export interface Release {
  readonly version: string;
  /** Name of the git tag. */
  readonly tag: string;
  /** Markdown. */
  readonly notes: string;
}

/**
 * Plans the next release of a git work tree. Changes nothing.
 * @param requested a version, or the part to raise. @default derived from the commits since the latest tag
 * @throws UserError with everything that forbids the release
 */
export function planRelease(folder: string, requested?: string): Release {
  const current: string = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
  const notes = unreleasedNotes(readFileSync(join(folder, "CHANGELOG.md"), "utf8"));
  const wanted = requested ?? releaseTypeOf(commitsSinceRelease(folder), current);
  const version = (isReleaseType(wanted) ? inc(current, wanted) : valid(wanted)) ?? "";
  throwIfAny([
    ...checkWorkTree(folder),
    ...(notes === "" ? [noChange] : []),
    ...(version === "" ? [unknownVersion(wanted, current)] : checkVersion(folder, version, current)),
  ]);
  return { version, tag: tagOf(version), notes };
}

/** Writes the version and the changelog, commits them and tags the commit: all or nothing. @throws CommandFailure */
export function makeRelease(folder: string, { version, tag, notes }: Release, date: string): void {
  const before = git(folder, "rev-parse", "HEAD");
  const rewrite = (file: string, change: (text: string) => string) =>
    replaceFile(join(folder, file), change(readFileSync(join(folder, file), "utf8")), 0o644);
  try {
    rewrite("CHANGELOG.md", (text) => withRelease(text, version, date));
    for (const file of ["package.json", "package-lock.json"]) rewrite(file, (text) => withVersion(text, version));
    git(folder, "commit", "--quiet", "--all", "--message", `chore: release ${version}`);
    // By default, git removes lines that start with #, such as the headings of the notes.
    git(folder, "tag", "--annotate", "--cleanup=whitespace", "--message", `${version}\n\n${notes}`, tag);
  } catch (error) {
    // Undoes the release if git fails, for example because the author's name or the signing key is missing. The work
    // tree was clean before, so the reset loses no other changes.
    git(folder, "reset", "--quiet", "--hard", before);
    throw error;
  }
}

function checkWorkTree(folder: string): ConfigError[] {
  const branch = git(folder, "branch", "--show-current");
  const changed = git(folder, "status", "--porcelain")
    .split("\n")
    .map((line) => line.slice(3));
  const [fix, stash] = ["Switch to main with: git switch main", "Commit the changes, or stash them with: git stash -u"];
  return [
    ...(branch === "main" ? [] : [{ key: "branch", value: branch, rule: "a release requires the branch main", fix }]),
    ...(changed.join("") === ""
      ? []
      : [{ key: "work tree", rule: `the work tree has uncommitted changes: ${changed.join(", ")}`, fix: stash }]),
  ];
}

const noChange: ConfigError = {
  key: "CHANGELOG.md",
  rule: '"## Unreleased" lists no change',
  fix: "Describe the changes for users below this heading, and commit the file",
};

const another = "Choose another version: npm run release -- VERSION";

function unknownVersion(value: string, current: string): ConfigError {
  const rule = `must be ${releaseTypes.join(", ")} or a version such as ${inc(current, "minor")}`;
  return { key: "version", value, rule, fix: another };
}

function checkVersion(folder: string, version: string, current: string): ConfigError[] {
  const tag = tagOf(version);
  const above = `the version must be above the current version, ${current}`;
  return [
    ...(gt(version, current) ? [] : [{ key: "version", value: version, rule: above, fix: another }]),
    ...(git(folder, "tag", "--list", tag) === ""
      ? []
      : [{ key: "tag", value: tag, rule: "the tag already exists", fix: another }]),
  ];
}

function isReleaseType(text: string): text is (typeof releaseTypes)[number] {
  return releaseTypes.some((type) => type === text);
}

function tagOf(version: string): string {
  return `v${version}`;
}

/** Returns the commits since the latest tag of a version, or all if there is none. */
function commitsSinceRelease(folder: string) {
  // Without versionsort.suffix, git sorts a release candidate after its version.
  const sort = ["-c", "versionsort.suffix=-", "tag", "--sort=-version:refname"];
  const [latest] = git(folder, ...sort, "--merged", "HEAD", "--list", "v*").split("\n");
  return commitsIn(latest ? `${latest}..HEAD` : "HEAD", folder);
}

/** Sets the version in the text of package.json or package-lock.json, as npm formats them. */
function withVersion(text: string, version: string): string {
  const json = JSON.parse(text);
  json.version = version;
  if (json.packages) json.packages[""].version = version;
  return `${JSON.stringify(json, undefined, 2)}\n`;
}
