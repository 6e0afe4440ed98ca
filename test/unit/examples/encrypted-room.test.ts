import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { transformSync } from "esbuild";
import * as client from "livekit-client";
import { projectFolder } from "../../../stacks/env";

const example = readFileSync(join(projectFolder, "examples/browser/encrypted-room.ts"), "utf8");

/** Runs the example, without a bundler, with a client that records its calls. `npm run lint` checks its types against livekit-client's. */
async function callsOf(isSupported: boolean): Promise<readonly unknown[][]> {
  const calls: unknown[][] = [];
  const record =
    (name: string) =>
    async (...args: readonly unknown[]) =>
      void calls.push([name, ...args]);
  class ExternalE2EEKeyProvider {
    readonly setKey = record("setKey");
  }
  class Worker {
    constructor(readonly url: URL) {}
  }
  class Room {
    readonly setE2EEEnabled = record("setE2EEEnabled");
    readonly connect = record("connect");
    constructor({ encryption }: { encryption: { keyProvider: unknown; worker: Worker } }) {
      calls.push(["Room", encryption.keyProvider instanceof ExternalE2EEKeyProvider, `${encryption.worker.url}`]);
    }
  }
  const client = { ExternalE2EEKeyProvider, Room, isE2EESupported: () => isSupported };
  const exports = { joinEncryptedRoom: async (..._: readonly string[]): Promise<void> => {} };
  const define = { "import.meta.url": "pageUrl" };
  const { code } = transformSync(example, { loader: "ts", format: "cjs", define });
  const module = { exports };
  runInNewContext(code, {
    module,
    exports,
    require: () => client,
    Worker,
    URL,
    Error,
    pageUrl: "https://app.example/",
  });
  try {
    await module.exports.joinEncryptedRoom("wss://livekit.example.com", "token", "passphrase");
  } catch (error) {
    calls.push(["error", (error as Error).message]);
  }
  return calls;
}

test("the example of end-to-end encryption sets the key and turns encryption on before it connects", async () => {
  expect(await callsOf(true)).toEqual([
    ["setKey", "passphrase"],
    ["Room", true, "https://app.example/livekit-client/e2ee-worker"],
    ["setE2EEEnabled", true],
    ["connect", "wss://livekit.example.com", "token"],
  ]);
});

test("the example of end-to-end encryption does not connect a browser that does not support it", async () => {
  expect(await callsOf(false)).toEqual([["error", "This browser does not support end-to-end encryption"]]);
});

test("livekit-client has the exports and the worker that the example of end-to-end encryption names", () => {
  const folder = join(projectFolder, "node_modules/livekit-client");
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const worker = /new URL\("livekit-client\/([\w-]+)", import\.meta\.url\)/.exec(example)?.[1];
  expect(existsSync(join(folder, exports[`./${worker}`].import))).toBe(true);
  const names = /import \{ (.*) \} from "livekit-client"/.exec(example)?.[1]?.split(", ") ?? [];
  expect(names).toEqual(["ExternalE2EEKeyProvider", "isE2EESupported", "Room"]);
  expect(Object.keys(client)).toEqual(expect.arrayContaining(names));
});
