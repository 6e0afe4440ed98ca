import { readdirSync, readFileSync } from "node:fs";
import { setInterval as every } from "node:timers/promises";

/** A process and its resident memory. */
export interface Process {
  readonly command: string;
  readonly residentKib: number;
}

const lookEveryMs = 250;

/**
 * Samples a process and its descendants until the process ends. Returns the sample with the highest total memory; empty
 * on systems without /proc. Do not call this in the sampled process: registering thousands of resources blocks its
 * event loop.
 * @param ended resolves when the process has ended
 */
export async function watchFamily(root: number, ended: Promise<unknown>): Promise<readonly Process[]> {
  const over = new AbortController();
  const done = () => over.abort();
  ended.then(done, done);
  let largest: readonly Process[] = [];
  try {
    for await (const _ of every(lookEveryMs, undefined, { signal: over.signal })) {
      const found = family(root);
      if (residentKib(found) > residentKib(largest)) largest = found;
    }
  } catch (error) {
    if (!over.signal.aborted) throw error;
  }
  return largest;
}

/** Sums the resident memory. */
export function residentKib(processes: readonly Process[]): number {
  return processes.reduce((sum, process) => sum + process.residentKib, 0);
}

interface Status extends Process {
  readonly pid: number;
  readonly parent: number;
}

function family(root: number): Status[] {
  const all = processes();
  const below = (pid: number): Status[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)]);
  return [...all.filter(({ pid }) => pid === root), ...below(root)];
}

function processes(): Status[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap(statusOf);
  } catch {
    return [];
  }
}

/** Reads the status of a process. Empty if the process has ended in the meantime. */
function statusOf(pid: string): Status[] {
  try {
    const fields = readFileSync(`/proc/${pid}/status`, "utf8");
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(fields)?.[1] ?? 0);
    const [program = "", first = ""] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    const command = (/\.c?js$/.test(first) ? first : program).split("/").at(-1) ?? "";
    return [{ pid: Number(pid), parent: field("PPid"), residentKib: field("VmRSS"), command }];
  } catch {
    return [];
  }
}
