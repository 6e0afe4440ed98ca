import { setTimeout as pause } from "node:timers/promises";

const intervalMs = 250;

/** Asks again until it holds, where no event tells. @throws the last answer's error after the deadline */
export async function eventually<T>(ask: () => Promise<T>, deadlineMs: number): Promise<T> {
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
