import { constants } from "node:os";

/** Why an interrupted command ends: not a failure. */
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
 * From now on Ctrl-C and SIGTERM end the process with a message, once what must end by itself has.
 * @param outcome what becomes of what is made
 */
export function endInOrder(command: string, outcome = "What is made stays known"): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (interrupted.aborted) return;
      const interruption = new Interruption(128 + constants.signals[signal]);
      console.error(`\nInterrupted. ${outcome}; go on with: ${command}`);
      controller.abort(interruption);
      if (endingByThemselves === 0) process.exit(interruption.exitCode);
    });
  }
}

/** Runs work that ends by itself when interrupted. @throws Interruption when it was, whatever the work came to */
export async function endingByItself<Result>(work: () => Promise<Result>): Promise<Result> {
  endingByThemselves++;
  try {
    return await work();
  } finally {
    endingByThemselves--;
    interrupted.throwIfAborted();
  }
}
