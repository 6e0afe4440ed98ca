import { once } from "node:events";
import { ClientCrash, ClientProcess } from "../../../scripts/smoke/client-process";
import { processes } from "../../support/processes";

// Nothing listens there, and no test gets that far.
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

test("a client that was killed a moment ago, and is still thought to be there, has crashed", async () => {
  const { pid } = client.start();
  process.kill(pid as number, "SIGKILL");
  // Nothing is awaited: so no event tells of its end.
  while (processes().some((each) => each.pid === pid));
  expect(await client.call(request)).toEqual(new ClientCrash("SIGKILL"));
});

test("a client that hangs is killed, and the next call gets another", async () => {
  const child = client.start();
  const end = once(child, "exit");
  process.kill(child.pid as number, "SIGSTOP");
  expect(await client.call(request)).toEqual(new ClientCrash("no answer within 0.5 s"));
  expect(client.start().pid).not.toBe(child.pid);
  expect(await end).toEqual([null, "SIGKILL"]);
});

test("what the client's own code throws is no crash: it is thrown on, and tells where", async () => {
  client = new ClientProcess();
  const call = client.call({ ...request, path: "unheard-of" as "udp" });
  await expect(call).rejects.toMatchObject({
    message: "no path is named unheard-of",
    stack: expect.stringContaining("smoke/client.ts"),
  });
});
