import { runInThisContext } from "node:vm";

/**
 * Returns the errors that nothing handles during a run. Pulumi's runtime reports a failed registration as an unhandled
 * rejection.
 */
export async function unhandledErrors(run: () => Promise<unknown>): Promise<Error[]> {
  // Jest gives tests a copy of the process object, which does not emit these events.
  const parent = runInThisContext("process") as NodeJS.Process;
  const jests = parent.listeners("unhandledRejection");
  const errors = new Set<Error>();
  parent.removeAllListeners("unhandledRejection");
  parent.on("unhandledRejection", (error) => errors.add(error as Error));
  try {
    await run();
  } finally {
    parent.removeAllListeners("unhandledRejection");
    for (const listener of jests) parent.on("unhandledRejection", listener);
  }
  return [...errors];
}
