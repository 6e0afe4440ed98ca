import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inputsKey } from "../../images/inputs";
import { cacheFolder } from "../../stacks/cache";
import { localFolder } from "../../stacks/env";
import { withLock } from "../../stacks/lock";
import { endInOrder } from "./interruption";

/**
 * Runs work that writes the local folder (secrets, certificate authority, state), one command at a time. Prints which
 * command it waits for. An interruption ends it with a message.
 */
export async function exclusively<Result>(command: string, work: () => Promise<Result>): Promise<Result> {
  endInOrder(command);
  const path = join(cacheFolder(), `folder-${inputsKey({ localFolder })}`);
  const named = () => {
    writeFileSync(path, `${command} (process ${process.pid})`);
    return work();
  };
  const notice = () => `Waiting for ${holderOf(path)}, which is running in ${localFolder}`;
  return withLock(path, named, { notice, report: console.error });
}

/** Names the command that holds the lock. */
function holderOf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "another command";
}
