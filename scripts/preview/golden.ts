import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { officialReplaceKeys } from "../../model/aws/replace-keys";
import { type Inputs, isReal, type Operation, type ResourceChange } from "../../model/preview/change";
import { cannot } from "../../model/user-error";
import { projectFolder } from "../../stacks/env";
import { head } from "./engine";

/** A resource in a golden file (`test/golden/`). */
export interface GoldenResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Inputs;
  readonly ignoreChanges?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
}

type Golden = readonly GoldenResource[];

const folder = "test/golden";

/** Lists the example stacks of this checkout. */
export function exampleStacks(): string[] {
  return readdirSync(join(projectFolder, folder)).map((file) => basename(file, ".json"));
}

/** Compares two golden files. @throws UserError if either is missing or is not a golden file */
export function changesBetween(before: string, after: string): ResourceChange[] {
  return compare(readGolden(before), readGolden(after));
}

/** Compares an example stack with its golden file at a git revision. @throws UserError if the revision is unknown */
export function changesSince(revision: string, stack: string): ResourceChange[] {
  const file = `${folder}/${stack}.json`;
  return compare(goldenOf(revision, file), readGolden(join(projectFolder, file)));
}

/**
 * Derives the changes that Pulumi's engine would make. Finds the inputs that force a replacement in a copy of the
 * official AWS provider's table, instead of running the provider.
 */
export function compare(before: Golden, after: Golden): ResourceChange[] {
  const [was, is] = [byKey(before), byKey(after)];
  return [...new Set([...was.keys(), ...is.keys()])].toSorted().map((key) => change(was.get(key), is.get(key)));
}

function change(before: GoldenResource | undefined, after: GoldenResource | undefined): ResourceChange {
  const { type, name, replaceOnChanges = [], ignoreChanges = [] } = (after ?? before) as GoldenResource;
  const names = [...new Set([...Object.keys(before?.inputs ?? {}), ...Object.keys(after?.inputs ?? {})])].toSorted();
  const changed = names
    .filter((input) => !ignoreChanges.map(head).includes(input))
    .filter((input) => !isDeepStrictEqual(before?.inputs[input], after?.inputs[input]));
  const replacing = new Set([...(officialReplaceKeys[type] ?? []), ...replaceOnChanges.map(head)]);
  return {
    operation: operationOf(before, after, changed, replacing),
    type,
    name,
    ...(before && { before: engineInputs(before.inputs) }),
    ...(after && { after: engineInputs(after.inputs) }),
    changed: before && after ? changed : [],
  };
}

function operationOf(
  before: GoldenResource | undefined,
  after: GoldenResource | undefined,
  changed: readonly string[],
  replacing: ReadonlySet<string>,
): Operation {
  if (before === undefined) return "create";
  if (after === undefined) return "delete";
  if (changed.length === 0) return "same";
  return changed.some((input) => replacing.has(input)) ? "replace" : "update";
}

/** Converts a configuration bundle from a golden file's lists of lines to the single string that the engine has. */
function engineInputs(inputs: Inputs): Inputs {
  const { content } = inputs;
  if (typeof content !== "object" || content === null) return inputs;
  const texts = Object.entries(content).map(([path, lines]) => [path, Array.isArray(lines) ? lines.join("\n") : lines]);
  return { ...inputs, content: JSON.stringify(Object.fromEntries(texts)) };
}

function byKey(golden: Golden): Map<string, GoldenResource> {
  return new Map(golden.filter(({ type }) => isReal(type)).map((each) => [`${each.type} ${each.name}`, each]));
}

function readGolden(path: string): Golden {
  if (!existsSync(path))
    throw cannot(path, "the golden file does not exist", `Name a golden file, such as ${folder}/prod.json`);
  return parse(path, readFileSync(path, "utf8"));
}

/** Reads a golden file at a revision. Empty if the file does not exist there yet. */
function goldenOf(revision: string, file: string): Golden {
  const options = { cwd: projectFolder, encoding: "utf8", stdio: "pipe", maxBuffer: 64 * 2 ** 20 } as const;
  const git = (...args: string[]) => execFileSync("git", args, options);
  try {
    git("rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`);
  } catch {
    throw cannot(
      `--since ${revision}`,
      "this git repository has no such revision",
      "Fetch the revision with: git fetch origin REVISION",
    );
  }
  const there = git("ls-tree", "--name-only", revision, "--", file).trim() !== "";
  return there ? parse(`${revision}:${file}`, git("show", `${revision}:${file}`)) : [];
}

function parse(what: string, text: string): Golden {
  try {
    const golden: unknown = JSON.parse(text);
    if (Array.isArray(golden)) return golden;
  } catch {
    // Not JSON: the error below states what is expected.
  }
  throw cannot(
    what,
    "this file is not a golden file",
    `Name a file in ${folder}/, or a copy of such a file from another Git commit`,
  );
}
