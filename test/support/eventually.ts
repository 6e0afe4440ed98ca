import { setTimeout as pause } from "node:timers/promises";

const intervalMs = 250;

/** Ends the wait for what never comes: far beyond what a busy machine needs, and below the limit of a test on real servers. */
const neverMs = 240_000;

/** Asks again until it holds, where no event reports it. @throws the last answer's error after the deadline */
export async function eventually<T>(ask: () => Promise<T>, deadlineMs = neverMs): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > end) throw error;
      await pause(intervalMs);
    }
  }
}
