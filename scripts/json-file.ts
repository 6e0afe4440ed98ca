import { readText } from "../stacks/read-file";
import { quoted } from "./shell";
import { cannot } from "./tools/machine";

/**
 * Reads an object of a JSON file that another program keeps.
 * @param fix for a broken file
 * @throws Refusal if it has anything else
 */
export function readJsonObject(path: string, fix: string): Record<string, unknown> {
  const text = readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // V8's message may repeat the text, which may be a secret.
    const where = /position \d+/.exec((error as Error).message)?.[0];
    throw cannot(path, `is not JSON${where ? ` (${where})` : ""}`, fix);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw cannot(path, "must be a JSON object", fix);
}

/** The command that moves a file or folder away. */
export function moveAway(path: string): string {
  return `mv ${quoted(path)} ${quoted(`${path}.old`)}`;
}
