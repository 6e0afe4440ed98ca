import { appendFileSync, existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache";
import type { Progress } from "./machine";

/** Where there is no terminal, a command's output is shown by one line in this time: a build prints thousands. */
const secondsBetweenLines = 20;

let begun = false;

/** The file with all that installs and builds of this run have printed. That of the run before it ends in `.old`. */
export function outputLog(): string {
  return join(cacheFolder(), "output.log");
}

/** Keeps a line that a command printed. */
export function keepOutput(line: string): void {
  const log = outputLog();
  if (!begun && existsSync(log)) renameSync(log, `${log}.old`);
  begun = true;
  appendFileSync(log, `${line}\n`, { mode: 0o600 });
}

/** Shows every line on a terminal, where one replaces the other; elsewhere our own lines, and few of those of commands. */
export function sparse(show: (line: string) => void, terminal: boolean, now: () => number = Date.now): Progress {
  if (terminal) return show;
  let shown = now();
  return (line, from) => {
    if (from === "command" && now() - shown < secondsBetweenLines * 1000) return;
    shown = now();
    show(line);
  };
}

/** Tells of a long step on standard error, which is no output of the command. */
export const toStandardError: Progress = sparse((line) => console.error(line), false);
