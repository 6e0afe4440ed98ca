import { Readable } from "node:stream";
import type Docker from "dockerode";
import { sanitizeText } from "../../../../model/sanitize";
import {
  executedParts,
  harmlessText,
  hostileText,
  otherLines,
  workflowCommands,
} from "../../../../test/support/remote-text";
import { startUntilHealthy } from "../../docker/container-health";

const remote = [hostileText, ...workflowCommands].join("\n");

async function errorOf(output: string): Promise<Error> {
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(Buffer.byteLength(output), 4);
  const health = { Status: "unhealthy", Log: [{ ExitCode: 1, Output: output }] };
  const container = {
    start: async () => undefined,
    inspect: async () => ({ Name: "/dev-livekit", State: { Running: true, Health: health } }),
    logs: async () => Buffer.concat([frame, Buffer.from(output)]),
  } as unknown as Docker.Container;
  const engine = { getEvents: async () => Readable.from([]) } as unknown as Docker;
  return startUntilHealthy(engine, container, 10, new AbortController().signal).catch((error) => error);
}

test("an error of an unhealthy container has nothing that a terminal or GitHub's runner executes", async () => {
  const error = await errorOf(remote);
  expect(executedParts(error.message)).toEqual([]);
  expect(error.message.match(new RegExp(harmlessText, "g"))).toHaveLength(2);
  expect(error.message).toContain("\n  | ::add-path::/tmp\n");
});

test("an error of an unhealthy container removes what the commands' own output removes", async () => {
  const text = [hostileText, ...otherLines, "Grüße ✓ 日本 👩‍💻 שלום"].join("\n");
  const quoted = (await errorOf(text)).message.match(/(?<=^ {2}\| ).*$/gm) ?? [];
  expect(quoted.slice(-text.split("\n").length).join("\n")).toBe(sanitizeText(text));
});

test("output of 20,000 repeated control characters does not delay the error", async () => {
  const start = performance.now();
  for (const piece of ["\u001b", ";?", "#\u200b", "\ufeff", "\u2028"]) await errorOf(`\u001b${piece.repeat(20_000)}`);
  expect(performance.now() - start).toBeLessThan(2000);
});
