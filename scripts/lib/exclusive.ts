import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inputsKey } from "../../images/inputs";
import { cacheFolder } from "../../stacks/cache";
import { localFolder } from "../../stacks/env";
import { withLock } from "../../stacks/lock";
import { replaceFile } from "../../stacks/replace-file";
import { endInOrder, interrupt } from "./interruption";

/**
 * Runs work that writes the local folder (secrets, certificate authority, state) while no other command does. Prints
 * the command that it waits for, and shuts down in order when interrupted or when it loses the lock.
 */
export async function exclusively<Result>(command: string, work: () => Promise<Result>): Promise<Result> {
  const path = join(cacheFolder(), `folder-${inputsKey({ localFolder })}`);
  const name = `${command} (process ${process.pid})`;
  const named = async () => {
    // Before, nothing has begun, and an interruption just ends the process.
    endInOrder(command);
    replaceFile(path, name);
    try {
      return await work();
    } finally {
      // After a loss of the lock, it is the next holder's.
      if (holderOf(path) === name) rmSync(path);
    }
  };
  const notice = () => `Waiting for ${holderOf(path)}, which is running in ${localFolder}`;
  return withLock(path, named, { notice, report: console.error }, ({ message }) => interrupt(message, 1));
}

/** Names the command that holds the lock. It writes the file after it takes the lock, and removes it at its end. */
function holderOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "another command";
    throw error;
  }
}
