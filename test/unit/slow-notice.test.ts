import { notifyIfSlow } from "../../scripts/lib/slow-notice";

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(console, "error").mockImplementation();
});
afterEach(() => jest.useRealTimers());

test("prints one notice for a slow operation and no notice for a fast operation", async () => {
  let end = () => {};
  const slow = notifyIfSlow("Asking", new Promise<void>((resolve) => (end = resolve)));
  await expect(notifyIfSlow("Looking", Promise.resolve("found"))).resolves.toBe("found");
  await expect(notifyIfSlow("Failing", Promise.reject(new Error("away")))).rejects.toThrow("away");
  jest.advanceTimersByTime(60_000);
  expect(jest.mocked(console.error).mock.calls).toEqual([["Asking ..."]]);
  end();
  await slow;
});
