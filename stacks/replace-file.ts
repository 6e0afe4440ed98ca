import { existsSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Writes a file atomically: after a kill or on a full disk, it has its old or its new content. A kill may leave a
 * temporary file next to it, whose name starts with the file's name, so that ignore patterns match both. A symbolic
 * link stays; its target is written.
 */
export function replaceFile(path: string, content: string, mode = 0o600): void {
  const target = existsSync(path) ? realpathSync(path) : path;
  const draft = `${target}.${process.pid}`;
  try {
    writeFileSync(draft, content, { mode });
    renameSync(draft, target);
  } catch (error) {
    if (existsSync(draft)) rmSync(draft);
    // Reports the file's path in errors, because the user does not know the temporary file's name.
    throw Object.assign(error as Error, { dest: target });
  }
}
