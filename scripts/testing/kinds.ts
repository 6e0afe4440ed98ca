import { relative, resolve } from "node:path";
import table from "../../test/kinds.json";

/** A kind of tests. test/kinds.json lists them in the order in which a run starts them. */
export interface TestKind {
  /** The name for `npm test -- --only`. */
  readonly name: string;
  /** Folders of the project that contain its test files. */
  readonly folders: readonly string[];
  /** Default timeout of a test or hook. */
  readonly limitSeconds: number;
  /** Requirements. `tools`: a Docker engine, Pulumi and images. `simulator`: also the images of the simulated AWS. */
  readonly needs: "nothing" | "tools" | "simulator";
  /** True if `npm test` runs it. `npm test -- --all` runs every kind. */
  readonly quick: boolean;
}

export const testKinds = table.kinds as readonly TestKind[];

/** Files that a run starts first: the slowest, in order. Files that mostly wait alternate with CPU-bound ones. */
export const startFirst: readonly string[] = table.startFirst;

/** The tests that the command line selects. */
export interface Selection {
  readonly all: boolean;
  readonly only: readonly string[];
  /** Paths of test files, relative to the project folder. */
  readonly files: readonly string[];
}

/** Returns the kinds of the selected tests. Without a selection, returns the quick kinds. */
export function selectKinds({ all, only, files }: Selection): TestKind[] {
  if (files.length > 0) return testKinds.filter((kind) => files.some((file) => kindOf(file) === kind));
  if (only.length > 0) return testKinds.filter(({ name }) => only.includes(name));
  return testKinds.filter(({ quick }) => all || quick);
}

/** Returns the kind of a test file, by its path relative to the project folder. Undefined if jest does not run it. */
export function kindOf(file: string): TestKind | undefined {
  return file.endsWith(".test.ts")
    ? testKinds.find(({ folders }) => folders.some((folder) => file.startsWith(`${folder}/`)))
    : undefined;
}

/** Converts a path that the user typed to one relative to the project folder. */
export function fromProject(project: string, path: string): string {
  return relative(project, resolve(path)).replaceAll("\\", "/");
}
