import { once } from "node:events";
import { ClientCrash, ClientProcess } from "../../../scripts/smoke/client-process";
import { processes } from "../../support/processes";

// Nothing listens on this port, and no test connects to it.
const request = {
  path: "udp",
  url: "ws://127.0.0.1:9",
  apiKey: "key",
  apiSecret: "secret",
  timeoutSeconds: 0.1,
} as const;

let client: ClientProcess;

beforeEach(() => {
  client = new ClientProcess(0.4);
});

afterEach(() => client.end());

test("reports a crash of a killed client process even before the exit event arrives", async () => {
  const { pid } = client.start();
  process.kill(pid as number, "SIGKILL");
  // The loop awaits nothing, so that no exit event is delivered.
  while (processes().some((each) => each.pid === pid));
  expect(await client.call(request)).toEqual(new ClientCrash("SIGKILL"));
});

test("kills a client process that hangs, and starts another process for the next call", async () => {
  const child = client.start();
  const end = once(child, "exit");
  process.kill(child.pid as number, "SIGSTOP");
  expect(await client.call(request)).toEqual(new ClientCrash("no answer within 0.5 s"));
  expect(client.start().pid).not.toBe(child.pid);
  expect(await end).toEqual([null, "SIGKILL"]);
});

test("rethrows an exception of the client process with the exception's stack, and does not report a crash", async () => {
  client = new ClientProcess();
  const call = client.call({ ...request, path: "unheard-of" as "udp" });
  await expect(call).rejects.toMatchObject({
    message: "no network path is named unheard-of",
    stack: expect.stringContaining("smoke/client.ts"),
  });
});
