import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { pathToFileURL } from "node:url";
import Dockerode from "dockerode";
import { parse } from "dotenv";
import { RoomServiceClient } from "livekit-server-sdk";

/** A stack of the tests' own: another prefix and other ports than a developer's. */
const stackFile = `config:
  livekit:namePrefix: stack-test
  livekit:ports:
    api: 27880
    iceTcp: 27881
    iceUdp: 27882
    media: 51000-51100
    turn: 23478
    turnTls: 25349
    relay: 52152-52252
    https: 20443
  livekit:redis:
    port: 26379
`;

const project = join(__dirname, "../../..");
const home = mkdtempSync(join(tmpdir(), "livekit-stack-"));
const docker = new Dockerode();
const label = ["livekit-stack=stack-test"];

async function run(program: string, args: readonly string[]): Promise<{ exitCode: number | null; all: string }> {
  const child = spawn(program, args, {
    cwd: project,
    env: {
      ...process.env,
      LIVEKIT_STACK_HOME: home,
      NO_COLOR: "1",
      // Of the test's own, whatever the developer is logged in to.
      PULUMI_BACKEND_URL: pathToFileURL(join(home, ".state")).href,
      PULUMI_CONFIG_PASSPHRASE: "of the test",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let all = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (all += text));
  const [exitCode] = await once(child, "close");
  return { exitCode, all };
}

const command = (name: string, ...args: string[]) => run("node", ["scripts/run.mjs", name, ...args]);

const containers = () => docker.listContainers({ all: true, filters: { label } });
const inspected = async () => {
  const running = (await containers()).filter(({ State }) => State === "running");
  return Promise.all(running.map(({ Id }) => docker.getContainer(Id).inspect()));
};

beforeAll(async () => {
  mkdirSync(join(home, ".state"));
  writeFileSync(join(home, "Pulumi.test.yaml"), stackFile);
  const { exitCode, all } = await command("start", "--stack", "test");
  if (exitCode !== 0) throw new Error(`npm start failed:\n${all}`);
}, 900_000);

afterAll(async () => {
  const { exitCode, all } = await command("stop", "--stack", "test", "--volumes");
  const left = await containers();
  rmSync(home, { recursive: true });
  if (exitCode !== 0) throw new Error(`npm stop failed:\n${all}`);
  expect(left).toEqual([]);
}, 120_000);

test("a second start changes nothing", async () => {
  const before = await inspected();
  const { exitCode, all } = await command("start", "--stack", "test");
  expect(all).toContain("6 of 6 paths");
  expect(exitCode).toBe(0);
  const after = await inspected();
  const started = (list: typeof before) => list.map(({ Id, State }) => [Id, State.StartedAt]).sort();
  expect(started(after)).toEqual(started(before));
}, 120_000);

test(".env.livekit works with the server SDK, and is the owner's alone", async () => {
  const file = join(home, ".env.livekit");
  const values = parse(readFileSync(file));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const url = (values["LIVEKIT_URL"] ?? "").replace("ws:", "http:");
  const rooms = new RoomServiceClient(url, values["LIVEKIT_API_KEY"], values["LIVEKIT_API_SECRET"]);
  await expect(rooms.listRooms()).resolves.toBeDefined();
});

test.each([27880, 27881, 23478, 25349, 20443])("TCP port %d answers", async (port) => {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
});

test.each([20443, 25349])("port %d speaks TLS 1.2 and up with the local authority's certificate", async (port) => {
  const ca = readFileSync(join(home, ".state/authority/authority.crt"));
  const socket = connectTls({ host: "127.0.0.1", port, ca, servername: "localhost" });
  await once(socket, "secureConnect");
  expect(socket.authorized).toBe(true);
  socket.destroy();
  // At security level 0 this client itself is willing: the refusal is the server's.
  const willing = { maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
  const old = connectTls({ host: "127.0.0.1", port, ca, ...willing });
  await expect(once(old, "secureConnect")).rejects.toThrow(/alert protocol version|ECONNRESET|disconnected/);
});

test("containers are hardened", async () => {
  for (const { HostConfig, Config } of await inspected()) {
    expect(HostConfig.ReadonlyRootfs).toBe(true);
    expect(HostConfig.CapDrop).toEqual(["ALL"]);
    expect(HostConfig.SecurityOpt).toContain("no-new-privileges:true");
    expect(HostConfig.LogConfig?.Config).toMatchObject({ "max-size": "10m" });
    // The plugin starts an image by its digest: no tag can move under it.
    expect(Config.Image).toMatch(/^sha256:[0-9a-f]{64}$/);
  }
});

test("no secret is in inspect, logs, arguments or state", async () => {
  const env = parse(readFileSync(join(home, ".env")));
  const names = ["LIVEKIT_API_SECRET", "TURN_SECRET", "REDIS_PASSWORD"];
  const details = JSON.stringify(await inspected());
  const logs = await Promise.all(
    (await inspected()).map(({ Id }) => docker.getContainer(Id).logs({ stdout: true, stderr: true })),
  );
  const state = readFileSync(join(home, ".state/.pulumi/stacks/livekit/test.json"), "utf8");
  const { all: processes } = await run("ps", ["-eo", "args"]);
  for (const secret of names.map((name) => env[name] ?? "")) {
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    for (const place of [details, state, processes, ...logs.map((log) => log.toString())]) {
      expect(place).not.toContain(secret);
    }
  }
  expect(logs.map((log) => log.toString()).join()).not.toMatch(/access_token=/);
});

test("every container that is killed comes back, and all paths carry media again", async () => {
  for (const { Name, State } of await inspected()) {
    process.kill(State.Pid, "SIGKILL");
    await becomesHealthy(Name.slice(1), State.Pid);
  }
  const { all, exitCode } = await command("smoke", "--stack", "test");
  expect(all).toContain("6 of 6 paths");
  expect(exitCode).toBe(0);
}, 180_000);

/** Follows the engine's events until the container is healthy as another process. */
async function becomesHealthy(name: string, formerPid: number): Promise<void> {
  const container = docker.getContainer(name);
  const events = await docker.getEvents({ filters: { container: [name] } });
  try {
    for await (const _ of events) {
      const { State } = await container.inspect();
      if (State.Pid !== formerPid && State.Health?.Status === "healthy") return;
    }
  } finally {
    (events as NodeJS.ReadableStream & { destroy(): void }).destroy();
  }
}
