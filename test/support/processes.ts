import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";

/** A process as /proc tells of it. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** The program and its arguments, separated by spaces. */
  readonly args: string;
}

/** Every process that runs: one that has ended may still wait to be reaped, and does not count. */
export function processes(): Process[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    return Number.isInteger(pid) ? read(pid) : [];
  });
}

/** The processes below one, their own ones included. */
export function descendants(pid: number, all: readonly Process[] = processes()): Process[] {
  return all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...descendants(child.pid, all)]);
}

/** Ends a child that may have ended already, by force where it does not end within `graceMilliseconds`. */
export async function endChild(child: ChildProcess, graceMilliseconds = 5000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const force = setTimeout(() => child.kill("SIGKILL"), graceMilliseconds);
  child.kill();
  await ended;
  clearTimeout(force);
}

/** None where the process has ended meanwhile. */
function read(pid: number): Process[] {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    // pid (name) state parent ...: the name may hold anything, so what counts begins after the last parenthesis.
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return state === "Z" ? [] : [{ pid, parent: Number(parent), args }];
  } catch {
    return [];
  }
}
