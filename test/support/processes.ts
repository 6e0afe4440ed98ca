import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";

/** A process as /proc describes it. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Program and arguments, separated by spaces. */
  readonly args: string;
}

/** Returns all running processes. Ended processes that are not reaped yet do not count. */
export function processes(): Process[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    return Number.isInteger(pid) ? read(pid) : [];
  });
}

/** Returns all descendants of a process. */
export function descendants(pid: number, all: readonly Process[] = processes()): Process[] {
  return all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...descendants(child.pid, all)]);
}

/** Ends a child process, by SIGKILL if it does not end within `graceMilliseconds`. It may have ended already. */
export async function endChild(child: ChildProcess, graceMilliseconds = 5000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const force = setTimeout(() => child.kill("SIGKILL"), graceMilliseconds);
  child.kill();
  await ended;
  clearTimeout(force);
}

/** Returns nothing if the process has ended meanwhile. */
function read(pid: number): Process[] {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    // pid (name) state parent ...: the name may contain anything, so parsing starts after the last parenthesis.
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return state === "Z" ? [] : [{ pid, parent: Number(parent), args }];
  } catch {
    return [];
  }
}
