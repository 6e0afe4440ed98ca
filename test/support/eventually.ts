import { setTimeout as pause } from "node:timers/promises";

const intervalMs = 250;

/**
 * Deadline for conditions that never hold: far longer than a busy machine needs, and below the time limit of tests on
 * real servers.
 */
const neverMs = 240_000;

/**
 * Retries until the function succeeds, for conditions that no event reports. @throws Error of the last attempt after
 * the deadline
 */
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
