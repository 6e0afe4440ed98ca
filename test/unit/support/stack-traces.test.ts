import { withoutStackTraces } from "../../support/stack-traces";

test("overlapping calls of withoutStackTraces disable stack traces until the last call ends", async () => {
  const before = Error.stackTraceLimit;
  const ends: (() => void)[] = [];
  const call = () => withoutStackTraces(() => new Promise<void>((resolve) => ends.push(resolve)));
  const [first, second] = [call(), call()];
  expect(Error.stackTraceLimit).toBe(0);
  ends[0]?.();
  await first;
  expect(Error.stackTraceLimit).toBe(0);
  ends[1]?.();
  await second;
  expect(Error.stackTraceLimit).toBe(before);
});

test("withoutStackTraces restores the previous stack trace limit, also after an error", async () => {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 7;
  await expect(withoutStackTraces(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(Error.stackTraceLimit).toBe(7);
  Error.stackTraceLimit = before;
});
