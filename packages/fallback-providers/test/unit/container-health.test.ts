import { Readable } from "node:stream";
import type Docker from "dockerode";
import { executedParts, harmlessText, hostileText } from "../../../../test/support/remote-text";
import { startUntilHealthy } from "../../docker/container-health";

test("an error of an unhealthy container has no escape sequences and control characters of its output", async () => {
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(Buffer.byteLength(hostileText), 4);
  const health = { Status: "unhealthy", Log: [{ ExitCode: 1, Output: hostileText }] };
  const container = {
    start: async () => undefined,
    inspect: async () => ({ Name: "/dev-livekit", State: { Running: true, Health: health } }),
    logs: async () => Buffer.concat([frame, Buffer.from(hostileText)]),
  } as unknown as Docker.Container;
  const engine = { getEvents: async () => Readable.from([]) } as unknown as Docker;
  const error = await startUntilHealthy(engine, container, 10, new AbortController().signal).catch((error) => error);
  expect(executedParts(error.message)).toEqual([]);
  expect(error.message.match(new RegExp(harmlessText, "g"))).toHaveLength(2);
});
