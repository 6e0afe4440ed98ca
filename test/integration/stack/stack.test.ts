import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import Dockerode from "dockerode";
import { RoomServiceClient } from "livekit-server-sdk";
import { project } from "../../support/documents";
import { descendants, processes } from "../../support/processes";
import { openRecordingProxy } from "../../support/recording-proxy";
import { TestStack } from "../../support/stack";
import { containerControls } from "./controls/containers";
import { examine, type TestContext } from "./controls/context";
import { edgeControls } from "./controls/edge";
import { encryptionControls } from "./controls/encryption";
import { portControls } from "./controls/ports";
import { relayControls } from "./controls/relay";

const stack = new TestStack("stack");
const docker = new Dockerode();

/** Every command line seen while the stack started and was tested, and the output of `npm start`. */
const commandLines = new Set<string>();
let clientSeen = false;
let startOutput: string;

beforeAll(async () => {
  const watch = setInterval(() => {
    const all = processes();
    for (const { args } of all) commandLines.add(args);
    clientSeen ||= descendants(process.pid, all).some(({ args }) => args.includes("smoke/client.ts"));
  }, 100);
  startOutput = await stack.start().finally(() => clearInterval(watch));
}, 900_000);

afterAll(() => stack.remove());

test("commands fail immediately for a stack that was never up, and create no file", async () => {
  const never = new TestStack("never up");
  const { exitCode, all } = await never.command("token", "--room", "room", "--identity", "me");
  expect(all.trim()).toBe("stack test: the stack is not up. Bring it up with: npm start -- --stack test");
  expect(exitCode).toBe(1);
  expect(readdirSync(join(never.home, ".state"))).toEqual([]);
  rmSync(never.home, { recursive: true });
});

const started = async () => (await stack.running()).map(({ Id, State }) => [Id, State.StartedAt]).sort();

test("npm run pulumi manages the stack of npm start", async () => {
  const { exitCode, all } = await stack.command("pulumi", "stack", "output", "url");
  expect(all.trim()).toBe(`ws://localhost:${stack.ports.api}`);
  expect(exitCode).toBe(0);
});

test("plain pulumi manages the stack of npm start after npm run pulumi-env", async () => {
  const script = 'eval "$(npm run --silent pulumi-env -- --stack test)" && pulumi stack output url';
  const { stdout } = await promisify(execFile)("sh", ["-c", script], { cwd: project, env: stack.environment });
  expect(stdout.trim()).toBe(`ws://localhost:${stack.ports.api}`);
});

test(".env.livekit works with the server SDK, and only its owner can read it", async () => {
  const values = stack.values(".env.livekit");
  expect(statSync(join(stack.home, ".env.livekit")).mode & 0o777).toBe(0o600);
  const url = (values["LIVEKIT_URL"] ?? "").replace("ws:", "http:");
  const rooms = new RoomServiceClient(url, values["LIVEKIT_API_KEY"], values["LIVEKIT_API_SECRET"]);
  await expect(rooms.listRooms()).resolves.toBeDefined();
});

test("no secret is in command lines, output, docker inspect, logs, state or the project's files", async () => {
  const env = stack.values(".env");
  const secrets = ["LIVEKIT_API_SECRET", "TURN_SECRET", "REDIS_PASSWORD"].map((name) => env[name] ?? "");
  const containers = (await stack.containers()).map(({ Id }) => docker.getContainer(Id));
  const logs = await Promise.all(containers.map((container) => container.logs({ stdout: true, stderr: true })));
  const exported = await stack.command("pulumi", "stack", "export");
  expect(exported.exitCode).toBe(0);
  const places = {
    arguments: [...commandLines].join("\n"),
    output: startOutput,
    inspect: JSON.stringify(await Promise.all(containers.map((container) => container.inspect()))),
    logs: logs.join("\n"),
    exported: exported.all,
    state: textBelow(join(stack.home, ".state")),
    project: textBelow(join(__dirname, "../../.."), ["node_modules", ".git", ".state"]),
  };
  // Proves that the searched texts are not empty: they contain the smoke test's client, the outputs and the containers'
  // labels.
  expect(clientSeen).toBe(true);
  expect(places.state).toContain("apiSecret");
  expect(places.inspect).toContain(`${stack.namePrefix}-livekit-files`);
  for (const secret of secrets) {
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    for (const [place, text] of Object.entries(places)) expect([place, text.includes(secret)]).toEqual([place, false]);
  }
  expect(places.logs).not.toMatch(/access_token=/);
});

/** Returns the text of every file below a folder, except in folders with these names. */
function textBelow(folder: string, leftOut: readonly string[] = []): string {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !leftOut.includes(name))
    .map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return textBelow(path, leftOut);
      return entry.isFile() ? readFileSync(path, "latin1") : "";
    })
    .join("\n");
}

test("npm start reports all invalid settings together, with their fixes, before it changes anything", async () => {
  const before = await started();
  const settings = stack.settings;
  stack.configure({
    ...settings,
    domain: "https://example.com",
    nodes: 0,
    turnTtlSeconds: 86_401,
    mediaTransprot: "mux",
  });
  const { exitCode, all } = await stack.command("start").finally(() => stack.configure(settings));
  for (const key of ["domain", "nodes", "turnTtlSeconds", "mediaTransprot"]) {
    expect(all).toMatch(new RegExp(`^livekit:${key}( .+)?: .+\\. .*pulumi config (set|rm)`, "m"));
  }
  expect(all).not.toMatch(/^\s+at /m);
  expect(exitCode).toBe(1);
  expect(await started()).toEqual(before);
});

describe("security controls", () => {
  let context: TestContext;

  beforeAll(async () => {
    context = await examine(stack);
  });

  describe("ports", () => portControls(() => context));
  describe("encryption", () => encryptionControls(() => context));
  describe("containers", () => containerControls(() => context));
  describe("nginx", () => edgeControls(() => context));
  describe("Coturn", () => relayControls(() => context));
});

test.each([
  { engine: "not started", args: [], said: /Nothing has changed/ },
  { engine: "started", args: ["--refresh"], said: /Stack up/ },
])("a second npm start changes nothing if Pulumi's engine is $engine", async ({ args, said }) => {
  const before = await started();
  const { exitCode, all } = await stack.command("start", ...args);
  expect(all).toMatch(said);
  expect(all).toContain("6 of 6 paths");
  expect(exitCode).toBe(0);
  expect(await started()).toEqual(before);
});

test("npm commands ignore the environment's proxy variables, because stack, engine and tools are on this machine", async () => {
  const proxy = await openRecordingProxy();
  const before = { ...process.env };
  Object.assign(process.env, proxy.environment, { NODE_USE_ENV_PROXY: "1" });
  try {
    expect((await stack.command("preview")).all).toContain("Nothing changes");
    const { exitCode, all } = await stack.command("start", "--refresh");
    expect([exitCode, all]).toEqual([0, expect.stringContaining("6 of 6 paths")]);
    expect((await stack.command("rooms")).exitCode).toBe(0);
    expect((await stack.command("doctor")).exitCode).toBe(0);
    expect(proxy.requests).toEqual([]);
  } finally {
    process.env = before;
    proxy.close();
  }
});

test("npm start restores containers that were stopped, removed or changed outside Pulumi", async () => {
  const [livekit, coturn, nginx] = ["livekit", "coturn", "nginx"].map((name) =>
    docker.getContainer(`${stack.namePrefix}-${name}`),
  ) as [Dockerode.Container, Dockerode.Container, Dockerode.Container];
  const untouched = (await livekit.inspect()).State.StartedAt;
  const { HostConfig } = await nginx.inspect();
  await coturn.remove({ force: true });
  await nginx.update({ RestartPolicy: { Name: "no" } });
  const all = await stack.start();
  expect(all).toContain("6 of 6 paths");
  expect((await nginx.inspect()).HostConfig.RestartPolicy).toEqual(HostConfig.RestartPolicy);
  expect((await livekit.inspect()).State.StartedAt).toBe(untouched);
  await nginx.stop();
  expect(await stack.start()).toContain("6 of 6 paths");
});

test("a changed stack tag replaces every container, as the preview shows beforehand", async () => {
  expect((await stack.command("preview")).all).toContain("Nothing changes");
  stack.configure({ tags: { team: "video" } });
  expect((await stack.command("preview")).all).toContain("Calls at risk on this machine: LiveKit restarts: ");
  expect(await stack.start()).toContain("6 of 6 paths");
  const all = await stack.containers();
  expect(all).toHaveLength(8);
  for (const { Labels } of all) expect(Labels).toMatchObject({ team: "video" });
});

test("every killed container restarts, and all paths carry media again", async () => {
  for (const { Name, State } of await stack.running()) {
    await stack.rootShell(`kill -KILL ${State.Pid}`);
    await becomesHealthy(Name.slice(1), State.Pid);
  }
  const { all, exitCode } = await stack.command("smoke");
  expect(all).toContain("6 of 6 paths");
  expect(exitCode).toBe(0);
});

/** Follows Docker's events until the container is healthy with a new process. */
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
