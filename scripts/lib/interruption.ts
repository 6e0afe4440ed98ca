import { constants } from "node:os";
import { printError } from "./print";

/** Error that ends an interrupted command. The command has already printed the reason. */
export class Interruption extends Error {
  constructor(readonly exitCode: number) {
    super("interrupted");
  }
}

const controller = new AbortController();

/** Aborted by the first Ctrl-C or SIGTERM, or by {@link interrupt}. */
export const interrupted: AbortSignal = controller.signal;

let endingByThemselves = 0;

/**
 * Makes Ctrl-C and SIGTERM end the process with a message, after work in {@link endingByItself} has ended.
 * @param outcome what happens to the resources created so far
 */
export function endInOrder(command: string, outcome = "Created resources stay in the state"): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const message = `\nInterrupted. ${outcome}; continue with: ${command}`;
    process.on(signal, () => interrupt(message, 128 + constants.signals[signal]));
  }
}

/** Prints a message and ends the process, after work in {@link endingByItself} has ended. */
export function interrupt(message: string, exitCode: number): void {
  if (interrupted.aborted) return;
  printError(message);
  controller.abort(new Interruption(exitCode));
  if (endingByThemselves === 0) process.exit(exitCode);
}

/**
 * Ends the process if the reader of its output has closed the pipe, as `head` does. Work in {@link endingByItself}
 * continues without output, because an incomplete update would leave a stack without services.
 */
export function endWithoutReader(): void {
  if (endingByThemselves === 0) process.exit();
}

/**
 * Runs work that ends by itself when interrupted.
 * @throws Interruption after an interruption, even if the work succeeded
 */
export async function endingByItself<Result>(work: () => Promise<Result>): Promise<Result> {
  endingByThemselves++;
  try {
    return await work();
  } finally {
    endingByThemselves--;
    interrupted.throwIfAborted();
  }
}
