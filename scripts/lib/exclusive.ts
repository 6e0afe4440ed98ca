import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inputsKey } from "../../images/inputs";
import { cacheFolder } from "../../stacks/cache";
import { localFolder } from "../../stacks/env";
import { withLock } from "../../stacks/lock";
import { replaceFile } from "../../stacks/replace-file";
import { endInOrder, interrupt } from "./interruption";
import { printError } from "./print";

/**
 * Runs work that writes the local folder (secrets, certificate authority, state) while no other command does. If
 * another command holds the lock, prints that command and waits. Shuts down gracefully when interrupted or when the
 * lock is lost.
 */
export async function exclusively<Result>(command: string, work: () => Promise<Result>): Promise<Result> {
  const path = join(cacheFolder(), `folder-${inputsKey({ localFolder })}`);
  const name = `${command} (process ${process.pid})`;
  const named = async () => {
    // This process holds the lock from now on. Earlier, no work had begun, so an interruption could end the process at
    // once.
    endInOrder(command);
    replaceFile(path, name);
    try {
      return await work();
    } finally {
      // If this process has lost the lock, the file may belong to the command that took the lock.
      if (holderOf(path) === name) rmSync(path);
    }
  };
  const notice = () => `Waiting for ${holderOf(path)}, which is running in ${localFolder}`;
  return withLock(path, named, { notice, report: printError }, ({ message }) => interrupt(message, 1));
}

/** Returns the name of the command that holds the lock. The file exists while the command holds the lock. */
function holderOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "another command";
    throw error;
  }
}
