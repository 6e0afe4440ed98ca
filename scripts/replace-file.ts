import { renameSync, rmSync, writeFileSync } from "node:fs";

/** Writes a file that is whole or as it was, whatever interrupts the writing: a kill, a full disk. */
export function replaceFile(path: string, content: string, mode = 0o600): void {
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, content, { mode });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
