import { existsSync, mkdirSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join, sep } from "node:path";
import { type Inputs, inputsKey } from "../images/inputs";
import { withLock } from "./lock";

/** Receives a progress message of one line. */
type Progress = (line: string) => void;

/**
 * Returns the folder for everything built or downloaded: `$XDG_CACHE_HOME/livekit-stack`, by default
 * `~/.cache/livekit-stack`.
 */
export function cachePlace(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "livekit-stack");
}

/** Creates the folder of {@link cachePlace} and returns its path. */
export function cacheFolder(): string {
  const folder = cachePlace();
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Returns the full path of a program on PATH. Undefined if the path is in this cache: `npm run pulumi-env` puts the
 * cache first on PATH, and the cached program may come from an earlier version of this project.
 */
export function foreignProgram(
  name: string,
  machine: { readonly which: (name: string) => string | undefined },
): string | undefined {
  const path = machine.which(name);
  return path?.startsWith(join(cacheFolder(), sep)) ? undefined : path;
}

/** Returns the path of the cache folder for these inputs, whether or not it exists. */
export function cachePath(name: string, inputs: Inputs): string {
  return join(cacheFolder(), `${name}-${inputsKey(inputs)}`);
}

/**
 * Returns the folder with the output of `make` for these inputs, and runs `make` only once. `make` fills a separate
 * folder, which is renamed when it is complete: an interrupted run leaves nothing that looks finished. Of two
 * concurrent runs, one runs `make` and the other waits.
 */
export async function cached(
  name: string,
  inputs: Inputs,
  make: (folder: string) => Promise<void>,
  progress: Progress = () => {},
): Promise<string> {
  const folder = cachePath(name, inputs);
  if (existsSync(folder)) return folder;
  return locked(
    `${name}-${inputsKey(inputs)}`,
    async () => {
      if (existsSync(folder)) return folder;
      const partial = `${folder}.partial`;
      await rm(partial, { recursive: true, force: true });
      await mkdir(partial);
      await make(partial);
      await rename(partial, folder);
      return folder;
    },
    progress,
  );
}

/** Runs `work` while no other process of this user runs work of the same name. Reports when it has to wait. */
export function locked<T>(name: string, work: () => Promise<T>, report: Progress = () => {}): Promise<T> {
  const notice = () => `waiting for ${name}, which is already in progress`;
  return withLock(join(cacheFolder(), name), work, { notice, report });
}
