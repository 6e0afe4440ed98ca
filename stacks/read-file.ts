import { readFileSync } from "node:fs";

/** Reads a file. Its error names the path: Node's does not if the path is a folder. */
export function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw Object.assign(error as Error, { path });
  }
}

/** As {@link readFile}, as UTF-8. */
export function readText(path: string): string {
  return readFile(path).toString("utf8");
}
