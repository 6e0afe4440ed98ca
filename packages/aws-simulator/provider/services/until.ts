import { setTimeout as pause } from "node:timers/promises";
import type { Call } from "../../../provider-kit/resource-type";

const pauseMilliseconds = 1000;

/** Waits until it is so: AWS answers many calls before it has done what they ask. Ends when the user interrupts. */
export async function until(holds: () => Promise<boolean>, { signal }: Pick<Call, "signal">): Promise<void> {
  while (!(await holds())) await pause(pauseMilliseconds, undefined, { signal });
}

/** Tries again, for some time, what AWS refuses because of what is still on its way out. @throws its last refusal */
export async function onceFree<T>(
  ask: () => Promise<T>,
  inUse: (error: Error) => boolean,
  { signal }: Pick<Call, "signal">,
  seconds: number,
): Promise<T> {
  for (const end = Date.now() + seconds * 1000; ; ) {
    try {
      return await ask();
    } catch (error) {
      if (!inUse(error as Error) || Date.now() > end) throw error;
      await pause(pauseMilliseconds, undefined, { signal });
    }
  }
}
