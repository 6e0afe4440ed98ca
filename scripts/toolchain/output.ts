import { appendFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { sanitizeText } from "../../model/sanitize";
import { dayMs } from "../../model/time";
import { cacheFolder } from "../../stacks/cache";
import { printError } from "../lib/print";
import type { Progress } from "./machine";

/** Interval between shown lines of a command's output if there is no terminal: a build prints thousands. */
const secondsBetweenLines = 20;

const daysKept = 7;

let isFirstLine = true;

/** Returns the file with all output of this process's installs and builds. */
export function outputLog(): string {
  return join(cacheFolder(), `output-${process.pid}.log`);
}

/**
 * Logs a line that a command printed, without credentials in URLs. Ignores write errors, so that an install goes on.
 */
export function keepOutput(line: string): void {
  try {
    if (isFirstLine) removeOldLogs();
    isFirstLine = false;
    appendFileSync(outputLog(), `${line.replace(/:\/\/[^/\s@]+@/g, "://***@")}\n`, { mode: 0o600 });
  } catch {
    // Ignores a full disk, for example: the command that is running reports it.
  }
}

function removeOldLogs(): void {
  const logs = readdirSync(cacheFolder()).filter((name) => /^output-\d+\.log$/.test(name));
  for (const log of logs.map((name) => join(cacheFolder(), name))) {
    if (Date.now() - statSync(log).mtimeMs > daysKept * dayMs) rmSync(log, { force: true });
  }
}

/**
 * On a terminal, shows every line, because each line replaces the previous one. Elsewhere, shows all of our own lines,
 * but few lines of a command's output.
 */
export function throttleOutput(
  show: (line: string) => void,
  terminal: boolean,
  now: () => number = Date.now,
): Progress {
  const showSafely = (line: string) => show(sanitizeText(line));
  if (terminal) return showSafely;
  let shown = now();
  return (line, from) => {
    if (from === "command" && now() - shown < secondsBetweenLines * 1000) return;
    shown = now();
    showSafely(line);
  };
}

/** Reports progress on standard error: standard output is for results. */
export const toStandardError: Progress = throttleOutput(printError, false);

/** Reports progress like {@link toStandardError}, with a name before each line. */
export function reportAs(name: string): Progress {
  return (line, from) => toStandardError(`${name}: ${line}`, from);
}
