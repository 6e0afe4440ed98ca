import type { ReleaseType } from "semver";
import type { ConfigError } from "../../model/user-error";
import { git } from "./git";

/** A commit's message. */
export interface Commit {
  /** Abbreviated hash. */
  readonly hash: string;
  readonly subject: string;
  readonly body: string;
}

const types = ["feat", "fix", "refactor", "test", "docs", "perf", "chore"];
const longestSubject = 72;
/** `type(scope)!: description`. The scope and `!` are optional: https://www.conventionalcommits.org */
const form = new RegExp(`^(${types.join("|")})(\\([^()]+\\))?!?: \\S`);

/** Reads the commits of a range, such as `main..HEAD`, without merges. @throws CommandFailure */
export function commitsIn(range: string, folder: string): Commit[] {
  const format = "--format=%h%x00%s%x00%b%x1e";
  return git(folder, "log", "--no-merges", format, "--end-of-options", range, "--")
    .split("\x1e")
    .map((record) => record.trimStart().split("\0"))
    .flatMap(([hash = "", subject = "", body = ""]) => (hash === "" ? [] : [{ hash, subject, body }]));
}

/** Returns an error for each commit whose subject breaks a rule. */
export function commitErrors(commits: readonly Commit[]): ConfigError[] {
  return commits.flatMap(({ hash, subject }) => subjectErrors(hash, subject, `Reword it with: git rebase -i ${hash}~`));
}

/** Returns an error if a pull request's title, the subject of its squash merge, breaks a rule. */
export function titleErrors(title: string): ConfigError[] {
  return subjectErrors("title", title, "Edit the title of the pull request");
}

function subjectErrors(key: string, subject: string, fix: string): ConfigError[] {
  const rules = [
    ...(form.test(subject) ? [] : [`must start with one of ${types.join(", ")}, then ": " and a description`]),
    ...(subject.length > longestSubject
      ? [`must have at most ${longestSubject} characters, not ${subject.length}`]
      : []),
  ];
  return rules.length === 0 ? [] : [{ key, value: subject, rule: rules.join("; "), fix }];
}

/** Returns the part of the version to raise. Before 1.0.0, a breaking change raises the minor version. */
export function releaseTypeOf(commits: readonly Commit[], current: string): ReleaseType {
  const isBreaking = ({ subject, body }: Commit) =>
    /^\w+(\([^()]+\))?!: /.test(subject) || /^BREAKING[ -]CHANGE: /m.test(body);
  if (commits.some(isBreaking) && !current.startsWith("0.")) return "major";
  return commits.some((commit) => isBreaking(commit) || /^feat\b/.test(commit.subject)) ? "minor" : "patch";
}
