let running = 0;
let frames = Error.stackTraceLimit;

/**
 * Runs a Pulumi program without stack traces. The SDK takes one of each promise that it makes, and Jest maps each of its frames
 * to its source: that is most of a program's time in a test. Of calls that overlap the last to end restores them.
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
