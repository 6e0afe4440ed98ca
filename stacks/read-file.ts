import { readFileSync } from "node:fs";

/** Reads a file. Adds the path to an error: Node.js omits it if the path is a folder. */
export function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw Object.assign(error as Error, { path });
  }
}

/** Reads a file as UTF-8, with the errors of {@link readFile}. */
export function readText(path: string): string {
  return readFile(path).toString("utf8");
}
