import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { quoted } from "../../model/shell";
import { cannot } from "../../model/user-error";
import { projectName, stateFolder } from "../../stacks/env";
import { freePath } from "../../stacks/move-away";
import { backendFolder, stateFile } from "./backend";
import { workFolder } from "./passphrase";
import { printError } from "./print";
import { decompressState, stateFormats } from "./state-format";

const folder = join(stateFolder, ".pulumi");

/**
 * Repairs the embedded backend after a killed command or a full disk: removes stale locks and truncated files, and
 * restores the state. Does nothing while an engine, such as a plain `pulumi up`, holds a lock, because a state also
 * looks truncated while an engine writes it. In a backend folder that the user chose, only reports a truncated state:
 * other machines may share the folder.
 * @returns whether the state was rolled back to the previous one, or to none
 * @throws UserError with the command that repairs a truncated state in a folder that the user chose
 */
export function repairState(stack: string): boolean {
  if (backendFolder() !== stateFolder) {
    reportCutOff(stateFile(stack));
    return false;
  }
  const locks = filesOf("locks", ".json");
  if (!locks.every(isStale)) return false;
  for (const lock of locks) rmSync(lock);
  removeCutOffAttributes();
  return restoreState(join(folder, "stacks", projectName, `${stack}.json`));
}

/**
 * Renames a stack's state so that the engine ignores it. Removes the state's backups, and the copy of the stack's file
 * with the passphrase's salt.
 * @param file of the state
 * @returns the new name; undefined if there was no state
 */
export function forgetState(stack: string, file: string): string | undefined {
  const found = stateFormats(file).find(existsSync);
  const forgotten = found && freePath(`${found}.forgotten`);
  if (found && forgotten) renameSync(found, forgotten);
  for (const copy of [".bak", ".bak.attrs", ".attrs"]) {
    for (const name of stateFormats(file)) rmSync(`${name}${copy}`, { force: true });
  }
  rmSync(workFolder(stack), { recursive: true, force: true });
  return forgotten;
}

/** Reports whether the process that holds an engine's lock has ended. A lock of another machine counts as held. */
function isStale(lock: string): boolean {
  // A full disk leaves an empty lock.
  if (!isWhole(lock)) return true;
  const { pid, hostname: host } = JSON.parse(readFileSync(lock, "utf8")) as { pid: number; hostname: string };
  return host === hostname() && !isAlive(pid);
}

/**
 * Removes truncated attribute files. The backend writes an attribute file beside each file, not atomically. It works
 * without an attribute file, but fails on a truncated one.
 */
function removeCutOffAttributes(): void {
  for (const file of filesOf(".", ".attrs")) if (!isWhole(file)) rmSync(file);
}

/**
 * Renames a truncated state, and continues with the stack's state in another format (plain or compressed). If there is
 * none, continues with the backup, or without a state. On a full disk, the engine truncates its state and can't read it
 * afterwards. Resources that are missing in the backup are removed as orphans and created again.
 */
function restoreState(file: string): boolean {
  const broken = cutOff(file);
  if (broken === undefined) return false;
  const kept = freePath(`${broken}.cut-off`);
  renameSync(broken, kept);
  if (stateFormats(file).some(isWhole)) {
    printError(`The state was truncated (${kept}): continuing with the one in another format`);
    return true;
  }
  const before = wholeBackup(file);
  if (before) copyFileSync(`${before}.bak`, before);
  printError(`The state was truncated (${kept}): continuing with ${before ? "the previous one" : "none"}`);
  return true;
}

/** Returns the path of the state, plain or compressed, if it is truncated. */
function cutOff(file: string): string | undefined {
  return stateFormats(file).find((each) => existsSync(each) && !isWhole(each));
}

/** Returns the path of the state, plain or compressed, that has a complete backup. Prefers the latest backup. */
function wholeBackup(file: string): string | undefined {
  const backedUp = stateFormats(file).filter((each) => isWhole(`${each}.bak`));
  const time = (each: string) => statSync(`${each}.bak`).mtimeMs;
  return backedUp.toSorted((a, b) => time(b) - time(a))[0];
}

/** Throws if the state is truncated. @param file undefined if the state is not on this machine */
function reportCutOff(file: string | undefined): void {
  const broken = file && cutOff(file);
  if (!file || !broken) return;
  const before = stateFormats(file).some(isWhole) ? undefined : wholeBackup(file);
  const restore = before && `, then restore the previous one: cp ${quoted(`${before}.bak`)} ${quoted(before)}`;
  const aside = `mv ${quoted(broken)} ${quoted(freePath(`${broken}.cut-off`))}`;
  const fix = `Wait until other commands of this stack have ended. If none is running, move the file away: ${aside}${restore ?? ""}`;
  throw cannot(broken, "the file is truncated, for example because the disk was full or a command was killed", fix);
}

/** Lists full paths of the backend's files below a folder, at any depth, whose names have this ending. */
function filesOf(name: string, ending: string): string[] {
  const within = join(folder, name);
  if (!existsSync(within)) return [];
  const names = readdirSync(within, { recursive: true, encoding: "utf8" });
  return names.filter((each) => each.endsWith(ending)).map((each) => join(within, each));
}

/** Reports whether a file exists and its JSON is complete, compressed or not. */
function isWhole(file: string): boolean {
  try {
    JSON.parse(decompressState(readFileSync(file)).toString());
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

/** Reports whether a process has ended but is not reaped. A container's first process may reap it late, or never. */
function isZombie(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && /\) Z /.test(readFileSync(stat, "utf8"));
}
