import { Listr } from "listr2";
import { type Following, follow } from "./engine";

/** How steps are shown: in place on a terminal, a line each elsewhere. */
export const renderer = process.stdout.isTTY && !process.env["NO_COLOR"] ? "default" : "simple";

/** Runs an operation of the engine as a step that shows each resource as it changes. */
export async function shown<Result>(
  title: string,
  operation: (following: Following) => Promise<Result>,
): Promise<Result> {
  let result: Result | undefined;
  const step = {
    title,
    task: async (_: unknown, task: { output: string }) => {
      result = await follow(operation, (line) => {
        task.output = line;
      });
    },
  };
  // What ends a command in order is its own: listr2 would end it at once.
  await new Listr([step], { renderer, registerSignalListeners: false }).run();
  return result as Result;
}
