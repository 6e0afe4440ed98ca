import { lstatSync } from "node:fs";
import { readText } from "../../stacks/read-file";
import { cannot } from "../toolchain/machine";
import { quoted } from "./shell";

/**
 * Reads a JSON file of another program, which must hold an object.
 * @param fix shown if the file is broken
 * @throws UserError if the file holds anything else
 */
export function readJsonObject(path: string, fix: string): Record<string, unknown> {
  const text = readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // V8's message may quote the text, which may be a secret.
    const where = /position \d+/.exec((error as Error).message)?.[0];
    throw cannot(path, `the file is not JSON${where ? ` (${where})` : ""}`, fix);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw cannot(path, "the file must contain a JSON object", fix);
}

/** Renders the shell command that renames a file or folder to an unused name. */
export function moveAway(path: string, platform = process.platform): string {
  const target = freePath(`${path}.old`);
  // Works in cmd.exe and in PowerShell.
  return platform === "win32" ? `move "${path}" "${target}"` : `mv ${quoted(path)} ${quoted(target)}`;
}

/** Returns an unused path: this one, or with the first free number from 2 appended. A dangling link counts as used. */
export function freePath(path: string): string {
  let free = path;
  for (let number = 2; lstatSync(free, { throwIfNoEntry: false }) !== undefined; number++) free = `${path}${number}`;
  return free;
}
