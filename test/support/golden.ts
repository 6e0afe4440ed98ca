import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { GoldenResource } from "../../scripts/preview/golden";
import { readNodeSources } from "../../stacks/node-sources";
import type { Registered } from "./aws-stack";

export const goldenFile = (stack: string) => join(__dirname, "../golden", `${stack}.json`);

/** Reads a golden file. */
export function readGolden(stack: string): GoldenResource[] {
  return JSON.parse(readFileSync(goldenFile(stack), "utf8"));
}

/** Returns a resource's inputs from a golden file. @throws Error if it has no such resource */
// biome-ignore lint/suspicious/noExplicitAny: the file contains resources of every type.
export function goldenInputs(stack: string, name: string): any {
  const found = readGolden(stack).find((resource) => resource.name === name);
  if (!found) throw new Error(`${goldenFile(stack)} has no ${name}`);
  return found.inputs;
}

/** Returns a stack's resources in the golden file's format. */
export function golden(registered: readonly Registered[]): GoldenResource[] {
  return JSON.parse(JSON.stringify(registered.map(shown)));
}

/**
 * Formats a resource for the golden file: redacts secrets, splits texts into lines, and omits options that are not set.
 */
function shown({ type, name, inputs, secretInputs, parent: _, createsFirst: __, ...options }: Registered): object {
  const sorted = { ...options, dependencies: options.dependencies.toSorted() };
  const setOptions = Object.entries(sorted).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value));
  const readable = Object.entries(inputs).map(([key, value]) => [
    key,
    secretInputs.includes(key) ? "[secret]" : readableInput(key, value),
  ]);
  return { type, name, inputs: Object.fromEntries(readable.sort(byKey)), ...Object.fromEntries(setOptions) };
}

function readableInput(key: string, value: unknown): unknown {
  if (key === "content") return bundle(JSON.parse(value as string));
  if (key === "environment") return environment(value as Record<string, string>);
  if (key === "userData") return (value as string).replace(indentedPuller, "    [source]\n").split("\n");
  if (key === "interpreter") return ["/bin/sh", "-c", "[templates/node/request.sh]"];
  if (typeof value !== "string" || !/[\n{]/.test(value)) return value;
  return value.startsWith("{") ? JSON.parse(value) : value.split("\n");
}

/** The puller as the YAML of user data contains it. */
const indentedPuller = readNodeSources().puller.replaceAll(/^(?=.)/gm, "    ");

/** Lists only the file names of the node's program, because its sources are in the repository. */
function bundle(files: Record<string, string>): object {
  const lines = Object.entries(files).map(([path, text]) => [
    path,
    path.startsWith("agent/") || path === "puller.py" ? "[source]" : text.split("\n"),
  ]);
  return Object.fromEntries(lines.sort(byKey));
}

/** Redacts the digests that change with every line of the node's program. */
function environment(variables: Record<string, string>): object {
  const digests = { PROGRAM: "[digest]", SHA256: "[digest]" };
  return Object.fromEntries(Object.entries({ ...variables, ...digests }).sort(byKey));
}

function byKey([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}
