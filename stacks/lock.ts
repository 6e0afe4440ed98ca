import { once } from "node:events";
import { statSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { lock } from "proper-lockfile";
import { UserError } from "../model/user-error";

const pollMs = 200;
/**
 * Number of polls without a renewal after which the holder counts as killed. 50 polls take 10 seconds, and a live
 * holder renews its lock each second. The unit is polls, because a clock also runs while the machine sleeps, and jumps
 * when it is set.
 */
const stalePolls = 50;

/** What to report while another process holds a lock. */
export interface Waiting {
  /** Returns a line that names the holder. */
  readonly notice: () => string;
  readonly report: (line: string) => void;
}

/**
 * Runs `work` while no other process holds the lock of a path. Reports the notice when it has to wait.
 * @param onLost must end `work` when the lock is lost. Without this function, `withLock` throws the error at once, and
 * `work` runs on
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  waiting: Waiting,
  onLost?: (error: UserError) => void,
): Promise<T> {
  const loss = new AbortController();
  const release = await take(path, waiting, () => loss.abort());
  try {
    const running = work();
    const lost = once(loss.signal, "abort").then(() => {
      if (!onLost) throw lockLost(path);
      onLost(lockLost(path));
      return running;
    });
    return await Promise.race([running, lost]);
  } finally {
    if (!loss.signal.aborted) await release();
  }
}

type Release = () => Promise<void>;

/** Takes the lock. Reports the notice again if it changes: then another process holds the lock. */
async function take(path: string, { notice, report }: Waiting, onCompromised: () => void): Promise<Release> {
  const isStale = watchRenewals(path);
  for (let reported: string | undefined; ; await pause(pollMs)) {
    // Takes over a stale lock. 2000 ms is the shortest time that proper-lockfile accepts. The library checks again that
    // no other waiting process has just taken the lock.
    const release = await tryLock(path, isStale() ? 2000 : Number.POSITIVE_INFINITY, onCompromised);
    if (release) return release;
    const line = notice();
    if (line !== reported) report(line);
    reported = line;
  }
}

/** Returns a function that polls the lock and reports whether its holder has stopped renewing it. */
function watchRenewals(path: string): () => boolean {
  let last: number | undefined;
  let polls = 0;
  return () => {
    const renewed = statSync(`${path}.lock`, { throwIfNoEntry: false })?.mtimeMs;
    polls = renewed === last ? polls + 1 : 0;
    last = renewed;
    return polls >= stalePolls;
  };
}

/** Takes the lock; undefined if another process holds it. */
async function tryLock(path: string, stale: number, onCompromised: () => void): Promise<Release | undefined> {
  try {
    return await lock(path, { realpath: false, stale, update: 1000, onCompromised });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ELOCKED") return undefined;
    throw error;
  }
}

function lockLost(path: string): UserError {
  const rule = "this command lost its lock: it was paused, or the lock was deleted";
  return new UserError([{ key: path, rule, fix: "Run the command again" }]);
}
