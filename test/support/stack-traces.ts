let running = 0;
let frames = Error.stackTraceLimit;

/**
 * Runs a Pulumi program without stack traces. The SDK records one for each promise, and Jest maps each frame to its
 * source, which takes most of a program's time in a test. When calls overlap, the last one to end restores the limit.
 */
export async function withoutStackTraces<Result>(work: () => Promise<Result>): Promise<Result> {
  if (running === 0) frames = Error.stackTraceLimit;
  running++;
  Error.stackTraceLimit = 0;
  try {
    return await work();
  } finally {
    running--;
    if (running === 0) Error.stackTraceLimit = frames;
  }
}
