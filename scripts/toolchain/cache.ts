import { existsSync, mkdirSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join, sep } from "node:path";
import { lock } from "proper-lockfile";
import { type Inputs, inputsKey } from "../../images/inputs";
import type { Machine, Progress } from "./machine";

/** Where everything built or downloaded is kept: `$XDG_CACHE_HOME/livekit-stack`, by default `~/.cache/livekit-stack`. */
export function cachePlace(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "livekit-stack");
}

/** As {@link cachePlace}; makes it where it is not there. */
export function cacheFolder(): string {
  const folder = cachePlace();
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Full path of a program on PATH that is not out of this cache: in a shell with the variables of `npm run pulumi-env`, PATH begins
 * with what an earlier version may have built.
 */
export function foreignProgram(name: string, machine: Machine): string | undefined {
  const path = machine.which(name);
  return path?.startsWith(join(cacheFolder(), sep)) ? undefined : path;
}

/** The folder of what is made from these inputs, whether it is there already or not. */
export function cachePath(name: string, inputs: Inputs): string {
  return join(cacheFolder(), `${name}-${inputsKey(inputs)}`);
}

/**
 * The folder of what `make` makes from these inputs; made once. `make` fills a folder beside it, which takes the name
 * only when whole: an interrupted run leaves nothing that a later one would take for finished. Of two runs at once one
 * makes and the other waits for it.
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

/** Runs `work` while no other process of this user runs work of the same name; says so when it has to wait. */
export async function locked<T>(name: string, work: () => Promise<T>, progress: Progress = () => {}): Promise<T> {
  const path = join(cacheFolder(), name);
  // A killed holder is known by its lock's age; a living one renews it.
  const options = { realpath: false, stale: 5_000, update: 1_000 };
  const release = await lock(path, options).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ELOCKED") throw error;
    progress(`waiting for ${name}, which is under way already`);
    return lock(path, { ...options, retries: { forever: true, minTimeout: 100, maxTimeout: 1000 } });
  });
  try {
    return await work();
  } finally {
    await release();
  }
}
