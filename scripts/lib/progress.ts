import { Listr, ListrLogger, ListrLogLevels } from "listr2";
import type { Progress } from "../toolchain/machine";
import { throttleOutput } from "../toolchain/output";
import { type Followed, type Following, follow } from "./engine";
import { hasColor } from "./terminal";

/** Renderer of the steps: updates them in place on a terminal, prints one line per step elsewhere. */
export const renderer = hasColor ? "default" : "simple";

/** Runs an engine operation as a step that shows each resource as it changes. */
export function shown<Result extends object>(
  title: string,
  operation: (following: Following) => Promise<Result>,
): Promise<Followed<Result>> {
  return step(title, (show) => follow(operation, show));
}

/** Progress goes to standard error: standard output may be JSON. */
const everyLevel = Object.values(ListrLogLevels);

/** Runs work as a step that shows its progress. */
export async function step<Result>(title: string, work: (show: Progress) => Promise<Result>): Promise<Result> {
  let outcome: PromiseSettledResult<Result> | undefined;
  const listed = {
    title,
    task: async (_: unknown, task: { output: string }) => {
      const show = throttleOutput((line) => {
        task.output = line;
      }, renderer === "default");
      [outcome] = await Promise.allSettled([work(show)]);
      // Only marks the step as failed. `runMain` prints the cause at the end.
      if (outcome.status === "rejected") throw new Error("this step failed; the cause follows");
    },
  };
  // Disables listr2's signal listeners, which would exit immediately. The command handles signals itself.
  await new Listr([listed], {
    renderer,
    rendererOptions: renderer === "simple" ? { logger: new ListrLogger({ useIcons: true, toStderr: everyLevel }) } : {},
    registerSignalListeners: false,
    exitOnError: false,
  }).run();
  if (outcome?.status === "rejected") throw outcome.reason;
  return (outcome as PromiseFulfilledResult<Result>).value;
}
