import { cannot } from "../../model/user-error";
import { readText } from "../../stacks/read-file";

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
