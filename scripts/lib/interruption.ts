import { constants } from "node:os";

/** Thrown to end an interrupted command. It is reported as an interruption, not as a failure. */
export class Interruption extends Error {
  constructor(readonly exitCode: number) {
    super("interrupted");
  }
}

const controller = new AbortController();

/** Aborted by the first Ctrl-C or SIGTERM. */
export const interrupted: AbortSignal = controller.signal;

let endingByThemselves = 0;

/**
 * Makes Ctrl-C and SIGTERM end the process with a message, after work in {@link endingByItself} has ended.
 * @param outcome sentence about what happens to the resources created so far
 */
export function endInOrder(command: string, outcome = "Created resources stay in the state"): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (interrupted.aborted) return;
      const interruption = new Interruption(128 + constants.signals[signal]);
      console.error(`\nInterrupted. ${outcome}; continue with: ${command}`);
      controller.abort(interruption);
      if (endingByThemselves === 0) process.exit(interruption.exitCode);
    });
  }
}

/** Runs work that ends by itself when interrupted. @throws Interruption after an interruption, whatever the result */
export async function endingByItself<Result>(work: () => Promise<Result>): Promise<Result> {
  endingByThemselves++;
  try {
    return await work();
  } finally {
    endingByThemselves--;
    interrupted.throwIfAborted();
  }
}
