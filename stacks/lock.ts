import { setTimeout as pause } from "node:timers/promises";
import { lock } from "proper-lockfile";
import { UserError } from "../model/user-error";

const pollMs = 200;

/** What to report while another process holds a lock. */
export interface Waiting {
  /** Returns a line that names the holder. */
  readonly notice: () => string;
  readonly report: (line: string) => void;
}

/** Runs `work` while no other process holds the lock of a path. Reports the notice when it has to wait. */
export async function withLock<T>(path: string, work: () => Promise<T>, waiting: Waiting): Promise<T> {
  const release = await take(path, waiting);
  try {
    return await work();
  } finally {
    await release();
  }
}

/**
 * Waits for the lock and takes it. Reports the notice again if it changes, because then another process holds the lock.
 */
async function take(path: string, { notice, report }: Waiting): Promise<() => Promise<void>> {
  for (let reported: string | undefined; ; await pause(pollMs)) {
    const release = await tryLock(path);
    if (release) return release;
    const line = notice();
    if (line !== reported) report(line);
    reported = line;
  }
}

/** Takes the lock; undefined if another process holds it. */
async function tryLock(path: string): Promise<(() => Promise<void>) | undefined> {
  try {
    // A running holder renews its lock each second. So a lock that was not renewed for 10 seconds belongs to a killed
    // process.
    return await lock(path, { realpath: false, stale: 10_000, update: 1_000, onCompromised: () => throwLost(path) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ELOCKED") return undefined;
    throw error;
  }
}

function throwLost(path: string): never {
  const rule = "another command took this lock while this one was paused";
  throw new UserError([{ key: path, rule, fix: "Run this again" }]);
}
