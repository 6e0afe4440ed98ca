import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awsPlanFromFile, placeholderSecrets } from "../../scripts/lib/load-stack";
import { projectFolder } from "../../stacks/env";
import { installFakeAws } from "../support/fake-aws";
import { executedParts, harmlessText, hostileText, workflowCommands } from "../support/remote-text";

const remote = [hostileText, ...workflowCommands].join("\n");
const [{ name: node }] = awsPlanFromFile("prod", placeholderSecrets("prod")).nodes;

let folder: string;
let livekit: Server;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "remote-text-"));
  installFakeAws(join(folder, "bin"));
  // LiveKit's API, with one room of one participant.
  livekit = createServer(({ url = "" }, response) => {
    const answer = url.endsWith("/ListRooms")
      ? { rooms: [{ name: remote }] }
      : { participants: [{ identity: remote }] };
    response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
  });
  await once(livekit.listen(0, "127.0.0.1"), "listening");
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await once(livekit.close(), "close");
});

/** Writes an object of the node into the fake bucket. */
function put(key: string, content: string): void {
  const path = join(folder, "s3/bundles-1", key);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
}

/** Runs a command on a stack with these outputs, and a Docker engine with one container, whose log is `remote`. */
async function run(command = "", ...args: readonly string[]) {
  const url = `http://127.0.0.1:${(livekit.address() as AddressInfo).port}`;
  const outputs = {
    url,
    apiKey: "key",
    apiSecret: "secret",
    bucket: "bundles-1",
    region: "eu-central-1",
    namePrefix: "x",
  };
  const program = `
    const stub = (path, exports) => {
      const file = require.resolve(path);
      require.cache[file] = { id: file, filename: file, loaded: true, exports };
    };
    const outputs = async () => (${JSON.stringify(outputs)});
    stub("./scripts/lib/stack-outputs.ts", { stackOutputs: outputs, awsStackOutputs: outputs });
    const { placeholderSecrets, awsPlanFromFile, ...others } = require("./scripts/lib/load-stack.ts");
    stub("./scripts/lib/load-stack.ts", { ...others, awsPlanFromFile: (stack) => awsPlanFromFile(stack, placeholderSecrets(stack)) });
    const docker = {
      listContainers: async () => [{ Id: "1", Names: ["/x-livekit"] }],
      getContainer: () => ({ logs: async () => ${JSON.stringify(remote)} }),
      modem: { demuxStream: (from, to) => from.on("data", (data) => to.write(data)) },
    };
    stub("./scripts/toolchain/docker.ts", { findEngine: async () => ({ docker }) });
    require("./scripts/commands/${command}.ts");`;
  const options = ["--require", "./scripts/lib/typescript.cjs", "--eval", program, "--", ...args];
  const PATH = `${join(folder, "bin")}:/usr/bin:/bin`;
  const env = { PATH, HOME: folder, FAKE_S3: join(folder, "s3"), REQUEST_POLL_SECONDS: "0.02" };
  return new Promise<{ stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, options, { cwd: projectFolder, env, timeout: 20_000 }, (_, stdout, stderr) =>
      resolve({ stdout, stderr }),
    );
  });
}

const json = ["nodes", "--node", node, "--json"];

test.each([
  ["a room's name and an identity", ["rooms"]],
  ["a room's name and an identity", ["rooms", "--json"]],
  ["a container's log", ["logs"]],
  ["a node's report", ["nodes", "--node", node]],
  ["a node's report", json],
])("a terminal and GitHub's runner execute nothing of %s in the output of %j", async (_, command) => {
  put(`nodes/${node}/report`, `nonce ${hostileText} - ${hostileText}\n${remote}\n`);
  const { stdout, stderr } = await run(...command);
  // A log's lines also end at the carriage return, before the last letter.
  const shown = command.includes("--json") ? JSON.stringify(hostileText).slice(1, 10) : harmlessText.slice(0, -1);
  expect({ stdout, stderr }).toEqual({ stdout: expect.stringContaining(shown), stderr: "" });
  expect(executedParts(stdout)).toEqual([]);
});

test("a node's report without an end is not read further than its limit", async () => {
  put(`nodes/${node}/desired`, "");
  symlinkSync("/dev/zero", join(folder, "s3/bundles-1/nodes", node, "report"));
  const { stdout } = await run(...json);
  expect(JSON.parse(stdout)).toEqual([
    { node, status: "unreadable", text: expect.stringMatching(/report has 65536 characters or more$/) },
  ]);
});
