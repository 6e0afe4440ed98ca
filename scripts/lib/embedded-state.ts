import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { projectName, stateFolder } from "../../stacks/env";
import { cannot } from "../toolchain/machine";
import { backendFolder, stateFile } from "./backend";
import { freePath } from "./json-file";
import { workFolder } from "./passphrase";
import { quoted } from "./shell";

const folder = join(stateFolder, ".pulumi");

/**
 * Repairs what a command that was killed, or that found the disk full, left in the embedded backend. Nothing where an
 * engine holds a lock, as a plain `pulumi up` does beside our commands: what it is just writing looks cut off, too. A folder of
 * the user's own may be shared with other machines: there it only reports a state that is cut off.
 * @returns whether the state went back to the one before, or to none
 * @throws Refusal with the command that repairs a state in the user's own folder
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
 * Renames a stack's state so that the engine ignores it, and removes the copy of the stack's file with the passphrase's salt.
 * @param file of the state
 * @returns the new name; undefined if there was no state
 */
export function forgetState(stack: string, file: string): string | undefined {
  const found = formats(file).find(existsSync);
  const forgotten = found && freePath(`${found}.forgotten`);
  if (found && forgotten) renameSync(found, forgotten);
  for (const copy of [".bak", ".bak.attrs", ".attrs"]) {
    for (const name of formats(file)) rmSync(`${name}${copy}`, { force: true });
  }
  rmSync(workFolder(stack), { recursive: true, force: true });
  return forgotten;
}

/** A state's file, and the one that PULUMI_SELF_MANAGED_STATE_GZIP puts in its place. */
function formats(file: string): string[] {
  return [file, `${file}.gz`];
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
  const broken = cutOff(file);
  if (broken === undefined) return false;
  const kept = freePath(`${broken}.cut-off`);
  renameSync(broken, kept);
  const before = wholeBackup(file);
  if (before) copyFileSync(`${before}.bak`, before);
  console.error(`The state was cut off (${kept}): going on from ${before ? "the one before" : "none"}`);
  return true;
}

/** The state's file in either format, if it is cut off. */
function cutOff(file: string): string | undefined {
  return formats(file).find((each) => existsSync(each) && !isWhole(each));
}

/** The state's file in the format in which the one before is whole. */
function wholeBackup(file: string): string | undefined {
  return formats(file).find((each) => isWhole(`${each}.bak`));
}

/** @param file undefined where the state is not on this machine */
function reportCutOff(file: string | undefined): void {
  const broken = file && cutOff(file);
  if (!file || !broken) return;
  const before = wholeBackup(file);
  const restore = before && `, then put the one before in its place: cp ${quoted(`${before}.bak`)} ${quoted(before)}`;
  const aside = `mv ${quoted(broken)} ${quoted(freePath(`${broken}.cut-off`))}`;
  const fix = `Wait for other commands of this stack. If there are none, move it away: ${aside}${restore ?? ""}`;
  throw cannot(broken, "is cut off, as by a full disk or a command that was killed", fix);
}

/** Full paths of the backend's files in a folder, however deep, whose names end so. */
function filesOf(name: string, ending: string): string[] {
  const within = join(folder, name);
  if (!existsSync(within)) return [];
  const names = readdirSync(within, { recursive: true, encoding: "utf8" });
  return names.filter((each) => each.endsWith(ending)).map((each) => join(within, each));
}

/** Whether a file is there and its JSON is complete, compressed or not. */
function isWhole(file: string): boolean {
  try {
    const content = readFileSync(file);
    JSON.parse((isCompressed(content) ? gunzipSync(content) : content).toString());
    return true;
  } catch {
    return false;
  }
}

/** By gzip's first two bytes (RFC 1952): a copy may have any name. */
function isCompressed(content: Buffer): boolean {
  return content[0] === 0x1f && content[1] === 0x8b;
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
