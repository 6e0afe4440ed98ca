import { relative, resolve } from "node:path";
import table from "../../test/kinds.json";

/** A kind of tests, as test/kinds.json lists them: in the order in which a run starts them. */
export interface TestKind {
  /** What `npm test -- --only` calls it. */
  readonly name: string;
  /** Its files: a glob below test/. */
  readonly files: string;
  /** For one test or hook that states no limit of its own. */
  readonly limitSeconds: number;
  /** `tools`: a container engine, the Pulumi CLI and images. `simulator`: also the images of the simulated AWS. */
  readonly needs: "nothing" | "tools" | "simulator";
  /** Part of `npm test`; `npm test -- --all` runs every kind. */
  readonly quick: boolean;
}

export const testKinds = table.kinds as readonly TestKind[];

/** The files that take longest, the longest first: a run starts with them. One that waits a lot follows one that works. */
export const startFirst: readonly string[] = table.startFirst;

/** What a run was asked for. */
export interface Selection {
  readonly all: boolean;
  readonly only: readonly string[];
  /** Paths of test files from the project's folder. */
  readonly files: readonly string[];
}

/** The kinds that a run has tests of. Without a selection: the quick ones. */
export function selectKinds({ all, only, files }: Selection): TestKind[] {
  if (files.length > 0) return testKinds.filter((kind) => files.some((file) => kindOf(file) === kind));
  if (only.length > 0) return testKinds.filter(({ name }) => only.includes(name));
  return testKinds.filter(({ quick }) => all || quick);
}

/** The kind of a test file by its path from the project's folder. Undefined for a file that jest does not run. */
export function kindOf(file: string): TestKind | undefined {
  return file.endsWith(".test.ts")
    ? testKinds.find(({ files }) => file.startsWith(`test/${files.replace("**", "")}`))
    : undefined;
}

/** A path as the user types it, from the project's folder. */
export function fromProject(project: string, path: string): string {
  return relative(project, resolve(path)).replaceAll("\\", "/");
}
