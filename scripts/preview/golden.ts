import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Inputs, isReal, type Operation, type ResourceChange } from "../../model/preview/change";
import { projectFolder } from "../../stacks/env";
import { cannot } from "../toolchain/machine";
import { head } from "./engine";

/** A resource as a golden file has it (`test/golden/`). */
export interface GoldenResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Inputs;
  readonly ignoreChanges?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
}

type Golden = readonly GoldenResource[];

const folder = "test/golden";

/** The example stacks of this checkout. */
export function exampleStacks(): string[] {
  return readdirSync(join(projectFolder, folder)).map((file) => basename(file, ".json"));
}

/** What changes between two golden files. @throws Refusal where one is none */
export function changesBetween(before: string, after: string): ResourceChange[] {
  return compare(readGolden(before), readGolden(after));
}

/** What changes of an example stack since a revision of git. @throws Refusal where git does not know it */
export function changesSince(revision: string, stack: string): ResourceChange[] {
  const file = `${folder}/${stack}.json`;
  return compare(goldenOf(revision, file), readGolden(join(projectFolder, file)));
}

/**
 * What an engine would do. It knows by a provider's word what replaces a resource: here by that of the stand-in, which holds
 * the official one's.
 */
export function compare(before: Golden, after: Golden): ResourceChange[] {
  const replaceOn = replaceKeys();
  const [was, is] = [byKey(before), byKey(after)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .toSorted()
    .map((key) => change(was.get(key), is.get(key), replaceOn));
}

function change(
  before: GoldenResource | undefined,
  after: GoldenResource | undefined,
  replaceOn: ReadonlyMap<string, readonly string[]>,
): ResourceChange {
  const { type, name, replaceOnChanges = [], ignoreChanges = [] } = (after ?? before) as GoldenResource;
  const names = [...new Set([...Object.keys(before?.inputs ?? {}), ...Object.keys(after?.inputs ?? {})])].toSorted();
  const changed = names
    .filter((input) => !ignoreChanges.map(head).includes(input))
    .filter((input) => !isDeepStrictEqual(before?.inputs[input], after?.inputs[input]));
  const replacing = new Set([...(replaceOn.get(type) ?? []), ...replaceOnChanges.map(head)]);
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

/** A golden file shows a bundle's texts by the line; the engine has the bundle as one text. */
function engineInputs(inputs: Inputs): Inputs {
  const { content } = inputs;
  if (typeof content !== "object" || content === null) return inputs;
  const texts = Object.entries(content).map(([path, lines]) => [path, Array.isArray(lines) ? lines.join("\n") : lines]);
  return { ...inputs, content: JSON.stringify(Object.fromEntries(texts)) };
}

function byKey(golden: Golden): Map<string, GoldenResource> {
  return new Map(golden.filter(({ type }) => isReal(type)).map((each) => [`${each.type} ${each.name}`, each]));
}

/** Loaded late: the table comes with AWS's SDK. */
function replaceKeys(): ReadonlyMap<string, readonly string[]> {
  const { ec2Types } =
    require("../../packages/aws-simulator/provider/ec2/types") as typeof import("../../packages/aws-simulator/provider/ec2/types");
  const { serviceTypes } =
    require("../../packages/aws-simulator/provider/services/types") as typeof import("../../packages/aws-simulator/provider/services/types");
  return new Map([...ec2Types, ...serviceTypes].map(({ token, replaceOn }) => [token, replaceOn]));
}

function readGolden(path: string): Golden {
  if (!existsSync(path)) throw cannot(path, "is not there", `Name a golden file, such as ${folder}/prod.json`);
  return parse(path, readFileSync(path, "utf8"));
}

/** One that the revision has not yet was empty then. */
function goldenOf(revision: string, file: string): Golden {
  const options = { cwd: projectFolder, encoding: "utf8", stdio: "pipe", maxBuffer: 64 * 2 ** 20 } as const;
  const git = (...args: string[]) => execFileSync("git", args, options);
  try {
    git("rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`);
  } catch {
    throw cannot(`--since ${revision}`, "is no revision that git has here", "Fetch it with: git fetch origin REVISION");
  }
  const there = git("ls-tree", "--name-only", revision, "--", file).trim() !== "";
  return there ? parse(`${revision}:${file}`, git("show", `${revision}:${file}`)) : [];
}

function parse(what: string, text: string): Golden {
  try {
    const golden: unknown = JSON.parse(text);
    if (Array.isArray(golden)) return golden;
  } catch {
    // Said below, with what it should be.
  }
  throw cannot(what, "is no golden file", `Name one of ${folder}/, or one of another revision`);
}
