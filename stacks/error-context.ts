import { existsSync, lstatSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { isAbsolute } from "node:path";
import type { ErrorContext } from "../model/errors/describe-error";
import { cachePlace } from "./cache";
import { localFolder } from "./env";
import { diskFull } from "./full-disk";
import { moveAway } from "./move-away";
import { hasSystemd, which } from "./operating-system";

/** Returns the facts about this machine that descriptions of errors need. */
export function errorContext(): ErrorContext {
  return {
    folders: [
      { path: localFolder },
      { path: homedir() },
      { path: cachePlace(), variable: "XDG_CACHE_HOME" },
      { path: tmpdir(), variable: "TMPDIR" },
    ],
    platform: process.platform,
    env: process.env,
    systemd: hasSystemd(),
    isOwn,
    hasProgram: (program) => (isAbsolute(program) ? existsSync(program) : which(program) !== undefined),
    moveAway,
    diskFull,
  };
}

function isOwn(path: string): boolean | undefined {
  try {
    return lstatSync(path).uid === process.getuid?.();
  } catch {
    return undefined;
  }
}
