import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { projectName, stateFolder } from "../stacks/env";
import { workFolder } from "./passphrase";

const folder = join(stateFolder, ".pulumi");

/**
 * Repairs what a command that was killed, or that found the disk full, left in the embedded backend. Nothing where an
 * engine holds a lock, as a plain `pulumi up` does beside our commands: what it is just writing looks cut off, too.
 * @returns whether the state went back to the one before, or to none
 */
export function repairState(stack: string): boolean {
  const locks = filesOf("locks", ".json");
  if (!locks.every(isStale)) return false;
  for (const lock of locks) rmSync(lock);
  removeCutOffAttributes();
  return restoreState(join(folder, "stacks", projectName, `${stack}.json`));
}

/**
 * Renames a stack's state so that the engine ignores it, and removes the copy of the stack's file with the passphrase's salt.
 * @param file of the state
 * @returns the new name; undefined if there was no state
 */
export function forgetState(stack: string, file: string): string | undefined {
  const found = [file, `${file}.gz`].find(existsSync);
  if (found) renameSync(found, `${found}.forgotten`);
  for (const copy of [".bak", ".bak.attrs", ".attrs"]) {
    for (const name of [file, `${file}.gz`]) rmSync(`${name}${copy}`, { force: true });
  }
  rmSync(workFolder(stack), { recursive: true, force: true });
  return found && `${found}.forgotten`;
}

/** An engine's lock names its process: where that is gone, so is its claim. Another machine's processes can't be seen. */
function isStale(lock: string): boolean {
  // A full disk leaves it empty.
  if (!isWhole(lock)) return true;
  const { pid, hostname: host } = JSON.parse(readFileSync(lock, "utf8")) as { pid: number; hostname: string };
  return host === hostname() && !isAlive(pid);
}

/** The backend writes each file's attributes beside it, not at once, and can't read them cut off; it does without. */
function removeCutOffAttributes(): void {
  for (const file of filesOf(".", ".attrs")) if (!isWhole(file)) rmSync(file);
}

/**
 * The engine cuts its state off where the disk is full, and can't read it then. It goes on from the one before, else
 * from none: what that one doesn't know of is removed as an orphan and made again.
 */
function restoreState(file: string): boolean {
  if (!existsSync(file) || isWhole(file)) return false;
  const backup = `${file}.bak`;
  renameSync(file, `${file}.cut-off`);
  if (isWhole(backup)) copyFileSync(backup, file);
  console.error(
    `The state was cut off (${file}.cut-off): going on from ${existsSync(file) ? "the one before" : "none"}`,
  );
  return true;
}

/** Full paths of the backend's files in a folder, however deep, whose names end so. */
function filesOf(name: string, ending: string): string[] {
  const within = join(folder, name);
  if (!existsSync(within)) return [];
  const names = readdirSync(within, { recursive: true, encoding: "utf8" });
  return names.filter((each) => each.endsWith(ending)).map((each) => join(within, each));
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
