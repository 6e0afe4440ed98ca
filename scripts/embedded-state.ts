import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../stacks/env";

const folder = join(stateFolder, ".pulumi");

/**
 * Mends what a command that was killed, or that found the disk full, left in the embedded backend. For those alone that
 * hold the folder exclusively: what an engine is just writing looks cut off, too.
 */
export function mendState(stack: string): void {
  if (!existsSync(folder)) return;
  removeCutOffAttributes();
  releaseStaleLocks();
  restoreState(join(folder, "stacks", "livekit", `${stack}.json`));
}

/** The backend writes each file's attributes beside it, not at once, and can't read them cut off; it does without. */
function removeCutOffAttributes(): void {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".attrs"));
  for (const file of files.map((name) => join(folder, name))) if (!isWhole(file)) rmSync(file);
}

/** The engine's lock names its process: where that is gone, so is its claim. */
function releaseStaleLocks(): void {
  const locks = join(folder, "locks");
  if (!existsSync(locks)) return;
  const files = readdirSync(locks, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  for (const file of files.map((name) => join(locks, name))) {
    // A full disk leaves it empty.
    const pid = isWhole(file) ? (JSON.parse(readFileSync(file, "utf8")) as { pid: number }).pid : undefined;
    if (pid === undefined || !isAlive(pid)) rmSync(file);
  }
}

/**
 * The engine cuts its state off where the disk is full, and can't read it then. It goes on from the one before, else
 * from none: what that one doesn't know of is removed as an orphan and made again.
 */
function restoreState(file: string): void {
  if (!existsSync(file) || isWhole(file)) return;
  const backup = `${file}.bak`;
  renameSync(file, `${file}.cut-off`);
  if (isWhole(backup)) copyFileSync(backup, file);
  console.error(
    `The state was cut off (${file}.cut-off): going on from ${existsSync(file) ? "the one before" : "none"}`,
  );
}

function isWhole(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Ended, and not reaped: a container's first process may take its time over that, or never do it. */
function isZombie(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && /\) Z /.test(readFileSync(stat, "utf8"));
}
