import { interrupted } from "../lib/interruption";
import { step } from "../lib/progress";
import type { Progress } from "../toolchain/machine";
import type { Step } from "./report";

/** Runs the steps of a rehearsal, shows their progress and records their results and durations. */
export class StepRunner {
  readonly done: Step[] = [];

  /**
   * Runs a step. Throws if the rehearsal has been interrupted.
   * @param result describes the outcome in a few words
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
