import { appendFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache";
import type { Progress } from "./machine";

/** Where there is no terminal, a command's output is shown by one line in this time: a build prints thousands. */
const secondsBetweenLines = 20;

const daysKept = 7;

let isFirstLine = true;

/** The file with all that installs and builds of this process have printed. */
export function outputLog(): string {
  return join(cacheFolder(), `output-${process.pid}.log`);
}

/** Keeps a line that a command printed, without the password of a URL. A log that cannot be written ends no install. */
export function keepOutput(line: string): void {
  try {
    if (isFirstLine) removeOldLogs();
    isFirstLine = false;
    appendFileSync(outputLog(), `${line.replace(/:\/\/[^/\s@]+@/g, "://***@")}\n`, { mode: 0o600 });
  } catch {
    // A full disk, for one: the command itself says so.
  }
}

function removeOldLogs(): void {
  const logs = readdirSync(cacheFolder()).filter((name) => /^output-\d+\.log$/.test(name));
  for (const log of logs.map((name) => join(cacheFolder(), name))) {
    if (Date.now() - statSync(log).mtimeMs > daysKept * 86_400_000) rmSync(log, { force: true });
  }
}

/** Shows every line on a terminal, where one replaces the other; elsewhere our own lines, and few of those of commands. */
export function throttleOutput(
  show: (line: string) => void,
  terminal: boolean,
  now: () => number = Date.now,
): Progress {
  if (terminal) return show;
  let shown = now();
  return (line, from) => {
    if (from === "command" && now() - shown < secondsBetweenLines * 1000) return;
    shown = now();
    show(line);
  };
}

/** Reports progress on standard error: standard output is for results. */
export const toStandardError: Progress = throttleOutput((line) => console.error(line), false);
