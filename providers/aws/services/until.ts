import { setTimeout as pause } from "node:timers/promises";
import type { Call } from "../../plugin/resource-type";

const pauseMilliseconds = 1000;

/** Waits until it is so: AWS answers many calls before it has done what they ask. Ends when the user interrupts. */
export async function until(holds: () => Promise<boolean>, { signal }: Pick<Call, "signal">): Promise<void> {
  while (!(await holds())) await pause(pauseMilliseconds, undefined, { signal });
}
