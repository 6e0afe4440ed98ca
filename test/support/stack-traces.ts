/** Jest's own: it keeps this many frames of an error. */
const frames = Error.stackTraceLimit;

/**
 * Runs a Pulumi program without stack traces. The SDK takes one of each promise that it makes, and Jest maps each of its frames
 * to its source: that is most of a program's time in a test.
 */
export async function withoutStackTraces<Result>(work: () => Promise<Result>): Promise<Result> {
  Error.stackTraceLimit = 0;
  try {
    return await work();
  } finally {
    Error.stackTraceLimit = frames;
  }
}
