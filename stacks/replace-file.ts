import { existsSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Writes a file that is whole or as it was, whatever interrupts the writing: a kill, a full disk. A kill may leave the
 * draft beside it, named after it so that what ignores one ignores both. A link stays one: what it leads to is written.
 */
export function replaceFile(path: string, content: string, mode = 0o600): void {
  const target = existsSync(path) ? realpathSync(path) : path;
  const draft = `${target}.${process.pid}`;
  try {
    writeFileSync(draft, content, { mode });
    renameSync(draft, target);
  } catch (error) {
    if (existsSync(draft)) rmSync(draft);
    // The draft's name means nothing to the user.
    throw Object.assign(error as Error, { dest: target });
  }
}
