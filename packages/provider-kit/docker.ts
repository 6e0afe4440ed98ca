import type Docker from "dockerode";
import { z } from "zod";

let client: Promise<Docker> | undefined;

/**
 * Returns the Docker engine at `DOCKER_HOST`, or the local one. Imports the client at first use, because importing it
 * slows down startup.
 */
export function docker(): Promise<Docker> {
  client ??= import("dockerode").then(({ default: Dockerode }) => new Dockerode());
  return client;
}

/** Reports whether Docker responded that the object doesn't exist. */
export function isNotFound(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** Reports whether Docker rejected the request because of a conflict: a name or volume in use. */
export function isConflict(error: unknown): boolean {
  return statusOf(error) === 409;
}

/** Builds an error for the user: what failed, Docker's message, and the fix. */
export function failure(tried: string, error: unknown, fix = ""): Error {
  return new Error([`${tried}: ${wordsOf(error)}`, fix].filter(Boolean).join("\n"));
}

/** Returns Docker's response, or undefined if the object doesn't exist. */
export async function orGone<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw failure("The Docker engine didn't answer as expected", error);
  }
}

/** Waits for a removal. Succeeds if the object doesn't exist. */
export async function removal(removed: Promise<unknown>, what: string, fix = ""): Promise<void> {
  await removed.catch((error) => {
    if (!isNotFound(error)) throw failure(`Unable to remove ${what}`, error, fix);
  });
}

/** Labels as the plugins accept them: a set of pairs. */
export const labelSet = z.array(z.strictObject({ label: z.string(), value: z.string() })).optional();

export function toLabelMap(labels: z.infer<typeof labelSet>): Record<string, string> {
  return Object.fromEntries((labels ?? []).map(({ label, value }) => [label, value]));
}

export function fromLabelMap(labels: Record<string, string> | null | undefined) {
  return Object.entries(labels ?? {}).map(([label, value]) => ({ label, value }));
}

/** Returns the bridge's schema version marker. Without it, the official plugin would migrate this plugin's state. */
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
