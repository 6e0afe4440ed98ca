import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import Dockerode from "dockerode";
import { RoomServiceClient } from "livekit-server-sdk";
import { processes } from "../../support/processes";
import { TestStack } from "../../support/stack";

const stack = new TestStack(0);
const docker = new Dockerode();

beforeAll(() => stack.start(), 900_000);

afterAll(() => stack.remove(), 120_000);

test("what asks a stack that never was up says so at once, and makes nothing for it", async () => {
  const never = new TestStack(0);
  const { exitCode, all } = await never.command("token", "--room", "room", "--identity", "me");
  expect(all.trim()).toBe("stack test: it is not up. Bring it up with: npm start -- --stack test");
  expect(exitCode).toBe(1);
  expect(readdirSync(join(never.home, ".state"))).toEqual([]);
  rmSync(never.home, { recursive: true });
});

const started = async () => (await stack.running()).map(({ Id, State }) => [Id, State.StartedAt]).sort();

test.each([
  { asked: "not asked", args: [], said: /Nothing has changed/ },
  { asked: "asked", args: ["--refresh"], said: /Stack up/ },
])(
  "a second start changes nothing, the engine $asked",
  async ({ args, said }) => {
    const before = await started();
    const { exitCode, all } = await stack.command("start", ...args);
    expect(all).toMatch(said);
    expect(all).toContain("6 of 6 paths");
    expect(exitCode).toBe(0);
    expect(await started()).toEqual(before);
  },
  120_000,
);

test("what was stopped, removed or changed behind the engine's back is mended by the next start", async () => {
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
}, 180_000);

test("a changed tag reaches every container, in place of the former ones", async () => {
  stack.configure({ tags: { team: "video" } });
  expect(await stack.start()).toContain("6 of 6 paths");
  const all = await stack.containers();
  expect(all).toHaveLength(8);
  for (const { Labels } of all) expect(Labels).toMatchObject({ team: "video" });
}, 120_000);

test("npm run pulumi speaks to the same stack", async () => {
  const { exitCode, all } = await stack.command("pulumi", "stack", "output", "url");
  expect(all.trim()).toBe(`ws://localhost:${stack.ports.api}`);
  expect(exitCode).toBe(0);
});

test(".env.livekit works with the server SDK, and is the owner's alone", async () => {
  const values = stack.values(".env.livekit");
  expect(statSync(join(stack.home, ".env.livekit")).mode & 0o777).toBe(0o600);
  const url = (values["LIVEKIT_URL"] ?? "").replace("ws:", "http:");
  const rooms = new RoomServiceClient(url, values["LIVEKIT_API_KEY"], values["LIVEKIT_API_SECRET"]);
  await expect(rooms.listRooms()).resolves.toBeDefined();
});

test("no secret is in inspect, logs, arguments or state", async () => {
  const env = stack.values(".env");
  const names = ["LIVEKIT_API_SECRET", "TURN_SECRET", "REDIS_PASSWORD"];
  const details = JSON.stringify(await stack.running());
  const logs = await Promise.all(
    (await stack.running()).map(({ Id }) => docker.getContainer(Id).logs({ stdout: true, stderr: true })),
  );
  const state = readFileSync(join(stack.home, ".state/.pulumi/stacks/livekit/test.json"), "utf8");
  const commandLines = processes()
    .map(({ args }) => args)
    .join("\n");
  for (const secret of names.map((name) => env[name] ?? "")) {
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    for (const place of [details, state, commandLines, ...logs.map((log) => log.toString())]) {
      expect(place).not.toContain(secret);
    }
  }
  expect(logs.map((log) => log.toString()).join()).not.toMatch(/access_token=/);
});

test("every container that is killed comes back, and all paths carry media again", async () => {
  for (const { Name, State } of await stack.running()) {
    process.kill(State.Pid, "SIGKILL");
    await becomesHealthy(Name.slice(1), State.Pid);
  }
  const { all, exitCode } = await stack.command("smoke");
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
