import type Docker from "dockerode";
import { z } from "zod";

let client: Promise<Docker> | undefined;

/** The Docker engine that `DOCKER_HOST` names, else the machine's own. Loaded at first use: it costs start-up time. */
export function docker(): Promise<Docker> {
  client ??= import("dockerode").then(({ default: Dockerode }) => new Dockerode());
  return client;
}

/** Whether the engine's answer is that what was asked for doesn't exist. */
export function isNotFound(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** Whether the engine refuses because of what is already there: a name taken, a volume in use. */
export function isConflict(error: unknown): boolean {
  return statusOf(error) === 409;
}

/** An error for the user: what was tried, the engine's own words, and what fixes it. */
export function failure(tried: string, error: unknown, fix = ""): Error {
  return new Error([`${tried}: ${wordsOf(error)}`, fix].filter(Boolean).join("\n"));
}

/** What `found` resolves to, or nothing when the engine has no such thing. */
export async function orGone<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw failure("The Docker engine didn't answer as expected", error);
  }
}

/** Labels as the plugins take them: a set of pairs. */
export const labelSet = z.array(z.strictObject({ label: z.string(), value: z.string() })).optional();

export function toLabelMap(labels: z.infer<typeof labelSet>): Record<string, string> {
  return Object.fromEntries((labels ?? []).map(({ label, value }) => [label, value]));
}

export function fromLabelMap(labels: Record<string, string> | null | undefined) {
  return Object.entries(labels ?? {}).map(([label, value]) => ({ label, value }));
}

/** The bridge's mark of the schema a state was written by; without it the official plugin would migrate our state. */
export function schemaVersion(version: number) {
  return { __meta: JSON.stringify({ schema_version: String(version) }) };
}

interface EngineError {
  readonly statusCode?: number;
  readonly json?: { readonly message?: string };
  readonly code?: string;
}

function statusOf(error: unknown): number | undefined {
  return (error as EngineError | undefined)?.statusCode;
}

function wordsOf(error: unknown): string {
  const { json, code } = error as EngineError;
  if (code === "ENOENT" || code === "ECONNREFUSED" || code === "EACCES") {
    const host = process.env["DOCKER_HOST"] ?? "its default socket";
    return `the Docker engine can't be reached at ${host} (${code}). Start it, or let this user reach it`;
  }
  return json?.message ?? (error instanceof Error ? error.message : String(error));
}
