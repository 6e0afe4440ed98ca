import { interrupted } from "../lib/interruption";
import { step } from "../lib/progress";
import type { Progress } from "../toolchain/machine";
import type { Step } from "./report";

/** The parts of a rehearsal as they end, each shown as a step and timed. */
export class StepRunner {
  readonly done: Step[] = [];

  /**
   * Runs a part, unless the rehearsal was interrupted before.
   * @param result what the part showed, in a few words
   */
  async run<Result>(
    title: string,
    work: (show: Progress) => Promise<Result>,
    result: (of: Result) => string,
  ): Promise<Result> {
    interrupted.throwIfAborted();
    const begun = performance.now();
    const took = () => (performance.now() - begun) / 1000;
    try {
      const outcome = await step(title, work);
      this.done.push({ title, seconds: took(), result: result(outcome) });
      return outcome;
    } catch (error) {
      this.done.push({ title, seconds: took(), result: "failed" });
      throw error;
    }
  }
}
