import { step } from "../progress";
import type { Progress } from "../tools/machine";
import type { Part } from "./verdict";

/** The parts of a rehearsal as they end, each shown as a step and timed. */
export class Parts {
  readonly done: Part[] = [];

  /** @param result what the part showed, in a few words */
  async run<Result>(
    title: string,
    work: (show: Progress) => Promise<Result>,
    result: (of: Result) => string,
  ): Promise<Result> {
    const begun = performance.now();
    const outcome = await step(title, work);
    this.done.push({ title, seconds: (performance.now() - begun) / 1000, result: result(outcome) });
    return outcome;
  }
}
