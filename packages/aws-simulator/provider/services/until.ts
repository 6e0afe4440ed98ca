import { setTimeout as pause } from "node:timers/promises";
import type { Call } from "../../../provider-kit/resource-type";

const pauseMilliseconds = 1000;

/**
 * Waits until a condition holds, because AWS responds to many calls before they take effect. Stops when the user
 * interrupts.
 */
export async function until(holds: () => Promise<boolean>, { signal }: Pick<Call, "signal">): Promise<void> {
  while (!(await holds())) await pause(pauseMilliseconds, undefined, { signal });
}

/**
 * Retries a call that AWS rejects because a resource is still being removed. @throws the last error after the given
 * time
 */
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
