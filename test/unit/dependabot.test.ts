import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { satisfies } from "semver";
import { parse } from "yaml";
import { git } from "../../scripts/release/git";
import { projectFolder } from "../../stacks/env";

interface Update {
  readonly "package-ecosystem": string;
  readonly directory?: string;
  readonly directories?: string[];
  readonly groups?: Readonly<Record<string, unknown>>;
  readonly ignore?: readonly { readonly "dependency-name": string; readonly versions: readonly string[] }[];
}

interface Package {
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Locked {
  readonly link?: boolean;
  readonly integrity?: string;
}

const checksum = expect.stringMatching(/^sha512-/);
const read = (file: string) => readFileSync(join(projectFolder, file), "utf8");
const { updates } = parse(read(".github/dependabot.yml")) as { updates: readonly Update[] };
const tracked = ["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"];
const files = git(projectFolder, ...tracked).split("\n");
const named = (name: RegExp) => files.filter((file) => name.test(basename(file)));
const folder = (file: string) => join("/", dirname(file));

const packages = new Map(named(/^package\.json$/).map((file) => [file, JSON.parse(read(file)) as Package]));
const dependenciesOf = ({ dependencies, devDependencies }: Package) => ({ ...dependencies, ...devDependencies });

test("dependabot watches exactly the manifests with dependencies, and groups the updates of each manifest", () => {
  const watched = updates.flatMap(({ "package-ecosystem": name, directory, directories = [] }) =>
    [...directories, ...(directory ? [directory] : [])].map((path) => `${name} ${path}`),
  );
  const wanted = [
    "github-actions /",
    ...[...packages.keys()].filter((file) => !belongsToWorkspace(file)).map((file) => `npm ${folder(file)}`),
    ...named(/^requirements.*\.txt$/).map((file) => `pip ${folder(file)}`),
    ...named(/^go\.mod$/).map((file) => `gomod ${folder(file)}`),
    ...named(/^Dockerfile$/).map((file) => `docker ${folder(file)}`),
  ];
  expect(watched.toSorted()).toEqual(wanted.toSorted());
  for (const { groups } of updates) expect(Object.keys(groups ?? {})).not.toEqual([]);
});

/** Dependabot updates a workspace through the root's package.json. A package without dependencies needs no updates. */
function belongsToWorkspace(file: string): boolean {
  const workspaces = packages.get("package.json")?.workspaces ?? [];
  const isEmpty = Object.keys(dependenciesOf(packages.get(file) ?? {})).length === 0;
  return isEmpty || workspaces.includes(`${dirname(dirname(file))}/*`);
}

test("dependabot ignores exactly the versions that the project cannot use", () => {
  const ignored = updates.flatMap(({ ignore = [] }) => ignore);
  const isIgnored = (name: string, version: string) =>
    ignored.some(({ "dependency-name": each, versions }) => each === name && satisfies(version, versions.join(" || ")));
  expect([isIgnored("@pulumi/command", "4.5.0"), isIgnored("@pulumi/pulumi", "3.250.0")]).toEqual([true, true]);
  const used = dependenciesOf(packages.get("package.json") ?? {});
  for (const { "dependency-name": name } of ignored) {
    expect([name, isIgnored(name, used[name] ?? "")]).toEqual([name, false]);
  }
});

/** Returns a requirements file's packages: each line, joined with its continuations, and the hashes in it. */
function requirementsOf(file: string): { line: string; hashes: readonly string[] }[] {
  const lines = read(file)
    .replaceAll(/\s*\\\n\s*/g, " ")
    .split("\n");
  return lines
    .filter((line) => !/^(#|$)/.test(line))
    .map((line) => ({ line, hashes: line.match(/(?<= --hash=)\S+/g) ?? [] }));
}

test("every package of npm and pip has a checksum in the repository", () => {
  for (const file of named(/^requirements.*\.txt$/)) {
    for (const { line, hashes } of requirementsOf(file)) {
      expect(`${file}: ${line}`).toMatch(/( --hash=sha256:[0-9a-f]{64})+$/);
      expect(new Set(hashes).size).toBe(hashes.length);
    }
  }
  for (const file of named(/^package-lock\.json$/)) {
    for (const [path, { link, integrity }] of Object.entries<Locked>(JSON.parse(read(file)).packages)) {
      if (path.includes("node_modules/") && !link) expect([file, path, integrity]).toEqual([file, path, checksum]);
    }
  }
});

test("every dependency of npm and pip is pinned to one version", () => {
  for (const [file, contents] of packages) {
    for (const [name, version] of Object.entries(dependenciesOf(contents))) {
      expect(`${file}: ${name} ${version}`).toMatch(/ \d+\.\d+\.\d+[\w.-]*$/);
    }
  }
  for (const file of named(/^requirements.*\.txt$/)) {
    for (const { line } of requirementsOf(file)) expect(line).toMatch(/^[\w.[\]-]+==[\w.]+( --hash=|$)/);
  }
});
