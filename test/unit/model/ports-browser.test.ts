import { blockedPorts } from "../../../model/ports/browser";

/** Fails every request before it connects. */
const dispatcher = {
  dispatch() {
    throw new Error("not blocked");
  },
};

async function isBlocked(port: number): Promise<boolean> {
  const reason: Error = await fetch(`http://127.0.0.1:${port}`, { dispatcher } as unknown as RequestInit).then(
    () => new Error("answered"),
    (error) => error,
  );
  return (reason.cause as Error | undefined)?.message === "bad port";
}

test("blockedPorts lists exactly the ports that the Fetch standard blocks", async () => {
  // The highest port that the Fetch standard blocks is 10080.
  const blocked: number[] = [];
  for (let port = 1; port <= 10_100; port++) if (await isBlocked(port)) blocked.push(port);
  expect(blockedPorts).toEqual(blocked);
});
