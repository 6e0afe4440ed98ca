import { existsSync, lstatSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { isAbsolute } from "node:path";
import { cachePlace } from "../../stacks/cache";
import { localFolder } from "../../stacks/env";
import { thisMachine } from "../toolchain/machine";
import type { ErrorContext } from "./describe-error";
import { diskFull } from "./full-disk";
import { passphraseError } from "./passphrase";

/**
 * Returns the facts about this machine that descriptions of errors need. The errors are those of a command for this
 * stack.
 */
export function errorContext(stack: string): ErrorContext {
  return {
    folders: [
      { path: localFolder },
      { path: homedir() },
      { path: cachePlace(), variable: "XDG_CACHE_HOME" },
      { path: tmpdir(), variable: "TMPDIR" },
    ],
    platform: process.platform,
    isOwn,
    hasProgram: (program) => (isAbsolute(program) ? existsSync(program) : thisMachine.which(program) !== undefined),
    diskFull,
    wrongPassphrase: () => passphraseError(stack),
  };
}

function isOwn(path: string): boolean | undefined {
  try {
    return lstatSync(path).uid === process.getuid?.();
  } catch {
    return undefined;
  }
}
