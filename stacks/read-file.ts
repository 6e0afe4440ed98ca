import { readFileSync } from "node:fs";

/** Reads a file. The error names it: that of Node does not where the path is a folder. */
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
