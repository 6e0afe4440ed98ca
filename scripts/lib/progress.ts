import { Listr, ListrLogger, ListrLogLevels } from "listr2";
import type { Progress } from "../toolchain/machine";
import { throttleOutput } from "../toolchain/output";
import { type Following, follow } from "./engine";

/** How steps are shown: in place on a terminal, a line each elsewhere. */
export const renderer = process.stdout.isTTY && !process.env["NO_COLOR"] ? "default" : "simple";

/** Runs an operation of the engine as a step that shows each resource as it changes. */
export function shown<Result extends object>(
  title: string,
  operation: (following: Following) => Promise<Result>,
): Promise<Result> {
  return step(title, (show) => follow(operation, show));
}

/** Progress is no output: that may be JSON. */
const everyLevel = Object.values(ListrLogLevels);

/** Runs work as a step that shows what it is doing. */
export async function step<Result>(title: string, work: (show: Progress) => Promise<Result>): Promise<Result> {
  let outcome: PromiseSettledResult<Result> | undefined;
  const listed = {
    title,
    task: async (_: unknown, task: { output: string }) => {
      const show = throttleOutput((line) => {
        task.output = line;
      }, renderer === "default");
      [outcome] = await Promise.allSettled([work(show)]);
      // The list says that it failed; why is told once, in the end.
      if (outcome.status === "rejected") throw new Error("see below");
    },
  };
  // What ends a command in order is its own: listr2 would end it at once.
  await new Listr([listed], {
    renderer,
    rendererOptions: renderer === "simple" ? { logger: new ListrLogger({ useIcons: true, toStderr: everyLevel }) } : {},
    registerSignalListeners: false,
    exitOnError: false,
  }).run();
  if (outcome?.status === "rejected") throw outcome.reason;
  return (outcome as PromiseFulfilledResult<Result>).value;
}
