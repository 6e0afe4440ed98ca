import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { GoldenResource } from "../../scripts/preview/golden";
import type { Registered } from "./aws-stack";

export const goldenFile = (stack: string) => join(__dirname, "../golden", `${stack}.json`);

/** What a golden file has. */
export function readGolden(stack: string): GoldenResource[] {
  return JSON.parse(readFileSync(goldenFile(stack), "utf8"));
}

/** Inputs of a resource as a golden file has them. @throws where it has none of that name */
// biome-ignore lint/suspicious/noExplicitAny: resources of every type are in it.
export function goldenInputs(stack: string, name: string): any {
  const found = readGolden(stack).find((resource) => resource.name === name);
  if (!found) throw new Error(`${goldenFile(stack)} has no ${name}`);
  return found.inputs;
}

/** A stack's resources as its golden file has them. */
export function golden(registered: readonly Registered[]): GoldenResource[] {
  return JSON.parse(JSON.stringify(registered.map(shown)));
}

/** A resource as the file shows it: secrets left out, texts by the line, what isn't asked for left out. */
function shown({ type, name, inputs, secretInputs, parent: _, createsFirst: __, ...options }: Registered): object {
  const sorted = { ...options, dependencies: options.dependencies.toSorted() };
  const asked = Object.entries(sorted).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value));
  const readable = Object.entries(inputs).map(([key, value]) => [
    key,
    secretInputs.includes(key) ? "[secret]" : readableInput(key, value),
  ]);
  return { type, name, inputs: Object.fromEntries(readable.sort(byKey)), ...Object.fromEntries(asked) };
}

function readableInput(key: string, value: unknown): unknown {
  if (key === "content") return bundle(JSON.parse(value as string));
  if (key === "environment") return environment(value as Record<string, string>);
  if (key === "interpreter") return ["/bin/sh", "-c", "[templates/node/request.ts]"];
  if (typeof value !== "string" || !/[\n{]/.test(value)) return value;
  return value.startsWith("{") ? JSON.parse(value) : value.split("\n");
}

/** Of the node's program the names alone: its sources are beside. */
function bundle(files: Record<string, string>): object {
  const lines = Object.entries(files).map(([path, text]) => [
    path,
    path.startsWith("agent/") ? "[source]" : text.split("\n"),
  ]);
  return Object.fromEntries(lines.sort(byKey));
}

/** Without the digests that change with every line of the node's program. */
function environment(variables: Record<string, string>): object {
  const digests = { PROGRAM: "[digest]", SHA256: "[digest]" };
  return Object.fromEntries(Object.entries({ ...variables, ...digests }).sort(byKey));
}

function byKey([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}
