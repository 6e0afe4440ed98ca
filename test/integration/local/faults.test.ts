import { execFileSync, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";
import Dockerode from "dockerode";
import { stackNumbers } from "../../support/numbers";
import { descendants, processes } from "../../support/processes";
import { ended, TestStack } from "../../support/stack";
import { suiteUnless } from "../../support/suite";

const docker = new Dockerode();
const containerNames = ["coturn", "livekit", "livekit-redis", "nginx"]
  .map((name) => `stack-test-${stackNumbers.faults}-${name}`)
  .flatMap((name) => [name, `${name}-files`])
  .sort();

/** A user's mistake must never produce a stack trace. */
const stackTrace = /^\s+at .+:\d+:\d+\)?$/m;

let stack: TestStack;

beforeEach(() => {
  stack = new TestStack("faults");
});

afterEach(() => stack.remove());

test("every command that needs Docker reports the engine's address while the engine is stopped", async () => {
  process.env["DOCKER_HOST"] = "unix:///nonexistent/docker.sock";
  try {
    for (const command of ["start", "stop", "doctor", "logs"]) {
      const { exitCode, all } = await stack.command(command);
      expect(all).toContain("no Docker engine answers at unix:///nonexistent/docker.sock");
      expect(all).not.toMatch(stackTrace);
      expect(exitCode).toBe(1);
    }
  } finally {
    delete process.env["DOCKER_HOST"];
  }
});

test("npm start lists all taken ports, each with its process, before it creates anything", async () => {
  const { api, turn } = stack.ports;
  const taken = [await listenTcp(api), await listenTcp(stack.redisPort, "127.0.0.1"), await bindUdp(turn)];
  const { exitCode, all } = await stack.command("start");
  await Promise.all(taken.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  const errors = all.split("\n").filter((line) => line.startsWith("livekit:"));
  const holder = `the port is taken by ${readFileSync("/proc/self/comm", "utf8").trim()} (process ${process.pid}). Stop the program`;
  expect(errors[0]).toContain(`livekit:ports.api "${api}/tcp": ${holder}`);
  expect(errors[1]).toContain(`livekit:ports.turn "${turn}/udp": ${holder}`);
  expect(errors[2]).toContain(`livekit:redis.port "${stack.redisPort}/tcp": ${holder}`);
  expect(errors).toHaveLength(3);
  expect(errors[2]).toContain("pulumi config set -s test --path livekit:redis.port");
  expect(exitCode).toBe(1);
  expect(await stack.containers()).toEqual([]);
  expect(await networks()).toEqual([]);
});

test("concurrent npm start and npm stop wait for each other; npm start fails if a port or the name prefix is taken", async () => {
  const both = await Promise.all([stack.command("start"), stack.command("start")]);
  expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  const [first, second] = both.map(({ all }) => all).sort((a) => (a.includes("Created in .env") ? -1 : 1));
  expect(second).toMatch(/^Waiting for npm start \(process \d+\), which is running in /m);
  expect(second).not.toContain("Created in .env");
  expect(first).not.toContain("Waiting for");
  await expectOneWholeStack();

  // Another program takes the port of a stopped service. The running services keep their ports and are left alone.
  const coturn = docker.getContainer(`${stack.namePrefix}-coturn`);
  await coturn.stop();
  const taken = await listenTcp(stack.ports.turn);
  const rejected = await stack.command("start");
  taken.close();
  expect(rejected.all).toMatch(/^livekit:ports\.turn "\d+\/tcp": the port is taken by .+process \d+/m);
  expect(rejected.exitCode).toBe(1);

  const other = new TestStack("other folder", { namePrefix: stack.namePrefix });
  const foreign = await other.command("start");
  expect(foreign.all).toContain(
    `livekit:namePrefix "${stack.namePrefix}": this prefix is taken by stack test of ${stack.home}`,
  );
  expect(foreign.exitCode).toBe(1);
  expect((await other.command("stop")).exitCode).toBe(0);
  rmSync(other.home, { recursive: true });
  expect(await containers()).toEqual(containerNames);

  const start = stack.spawn("start");
  const starting = ended(start);
  await said(/Docker engine/)(start);
  const stop = await stack.command("stop");
  expect(stop.all).toContain("Waiting for npm start");
  expect(stop.exitCode).toBe(0);
  expect((await starting).exitCode).toBe(0);
  expect(await stack.containers()).toEqual([]);
  expect(await networks()).toEqual([]);
});

test("npm start recovers after an earlier npm start was interrupted at any moment", async () => {
  await interrupt(said(/^Created in \.env/m), killAll);
  const secrets = env();
  expect(secrets["REDIS_PASSWORD"]).toMatch(/^[0-9a-f]{64}$/);
  await interrupt(said(/Network network$/m), killAll);
  await interrupt(started(`${stack.namePrefix}-livekit-redis`), killAll);
  // The provider was also killed while it waited for Redis to become healthy, so the state does not contain Redis.
  const orphans = (await stack.containers()).filter(({ Id }) => !stateText().includes(Id));
  expect(orphans).not.toEqual([]);

  const ctrlC = await interrupt(said(/Container livekit-files$/m), ({ pid }) =>
    process.kill(-(pid as number), "SIGINT"),
  );
  for (const { Names } of orphans) expect(ctrlC.all).toContain(`Removing ${Names[0]?.slice(1)}, left by a command`);
  expectOrderlyEnd(ctrlC, 130);
  const toOneProcess = await interrupt(said(/Container nginx-files$/m), (child) => child.kill("SIGTERM"));
  expectOrderlyEnd(toOneProcess, 143);
  await interrupt(said(/^direct UDP: passed/m), killAll);

  expect(await stack.start()).toContain("6 of 6 paths");
  expect(env()).toMatchObject(secrets);
  await expectOneWholeStack();
});

// Mounting needs root. Without it the test cannot make a disk small enough to fill.
const mayMount = spawnSync("unshare", ["--mount", "true"]).status === 0;
suiteUnless(mayMount ? undefined : "it takes root to mount a small disk", "a full disk", () => {
  test("makes npm start fail without affecting running services; the next start with free space succeeds", async () => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", stack.home]);
    try {
      mkdirSync(join(stack.home, ".state"));
      stack.configure({});
      await expectFullDisk();
      expect(existsSync(join(stack.home, ".env"))).toBe(false);
      expect(await stack.containers()).toEqual([]);

      execFileSync("mount", ["-o", "remount,size=64m", stack.home]);
      await stack.start();
      const secrets = env();
      stack.configure({ tags: { changed: "yes" } });
      const filler = join(stack.home, "filler");
      writeFileSync(filler, Buffer.alloc(50 * 1024 * 1024));
      await expectFullDisk();
      await expectOneWholeStack();

      rmSync(filler);
      expect(await stack.start()).toContain("6 of 6 paths");
      expect(env()).toEqual(secrets);
      await expectOneWholeStack();
      expect((await stack.command("stop")).exitCode).toBe(0);
    } finally {
      execFileSync("umount", [stack.home]);
    }
  });
});

type Child = ReturnType<TestStack["spawn"]>;

/** Runs `npm start`, interrupts the process at the given moment, and waits for the end of the process. */
async function interrupt(moment: (child: Child) => Promise<void>, how: (child: Child) => void) {
  const child = stack.spawn("start");
  const end = ended(child);
  await moment(child).catch(async (error) => {
    throw new Error(`${(error as Error).message}:\n${(await end).all}`);
  });
  const family = pids(child);
  how(child);
  const result = await end;
  const running = new Set(processes().map(({ pid }) => pid));
  return { ...result, alive: family.filter((pid) => running.has(pid)) };
}

/**
 * Kills all processes, like a power cut: the command, the engine, and its plugins, which have their own process groups.
 */
function killAll(child: Child): void {
  for (const pid of pids(child)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      // The process has ended by itself meanwhile.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

function pids({ pid }: Child): number[] {
  return [pid as number, ...descendants(pid as number).map((below) => below.pid)];
}

function expectOrderlyEnd({ all, exitCode, alive }: Awaited<ReturnType<typeof interrupt>>, code: number) {
  expect(all).toContain("Interrupted. Created resources stay in the state; continue with: npm start");
  expect(all).not.toMatch(stackTrace);
  expect(exitCode).toBe(code);
  expect(alive).toEqual([]);
}

/** Expects that Docker has exactly the containers and the network that the Pulumi state lists. */
async function expectOneWholeStack(): Promise<void> {
  expect(await containers()).toEqual(containerNames);
  const made = [...(await stack.containers()), ...(await networks())].map(({ Id }) => Id);
  const { resources } = JSON.parse(stateText()).checkpoint.latest as { resources: { type: string; id: string }[] };
  const known = resources.filter(({ type }) => /docker:index\/(container|network):/.test(type)).map(({ id }) => id);
  expect(made.sort()).toEqual(known.sort());
}

async function expectFullDisk(): Promise<void> {
  const { exitCode, all } = await stack.command("start");
  expect(all.trim().split("\n").at(-1)).toMatch(
    new RegExp(`^${stack.home}: the disk is full. Free space on this disk`),
  );
  expect(all).not.toMatch(stackTrace);
  expect(exitCode).toBe(1);
}

async function containers(): Promise<string[]> {
  return (await stack.containers()).map(({ Names }) => (Names[0] as string).slice(1)).sort();
}

function networks(): Promise<Dockerode.NetworkInspectInfo[]> {
  return docker.listNetworks({ filters: { label: [`livekit-stack=${stack.namePrefix}`] } });
}

function stateText(): string {
  return readFileSync(join(stack.home, ".state/.pulumi/stacks/livekit/test.json"), "utf8");
}

/** Returns only the secrets of `.env`. */
function env(): Record<string, string> {
  const lines = readFileSync(join(stack.home, ".env"), "utf8").split("\n");
  return Object.fromEntries(
    lines.filter((line) => /^(LIVEKIT_API|TURN|REDIS)_/.test(line)).map((line) => line.split("=")),
  );
}

function said(what: RegExp): (child: Child) => Promise<void> {
  return (child) => {
    let all = "";
    return untilEnd(child, (resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (text) => {
          all += text;
          if (what.test(all)) resolve();
        });
      }
    });
  };
}

function started(container: string): (child: Child) => Promise<void> {
  return async (child) => {
    const events = (await docker.getEvents({ filters: { container: [container], event: ["start"] } })) as Readable;
    await untilEnd(child, (resolve) => events.once("data", resolve)).finally(() => events.destroy());
  };
}

function untilEnd(child: Child, listen: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on("close", () => reject(new Error("the process ended before the moment at which the test interrupts it")));
    listen(resolve);
  });
}

async function listenTcp(port: number, host = "0.0.0.0") {
  const server = createServer().listen(port, host);
  await once(server, "listening");
  return server;
}

async function bindUdp(port: number) {
  const socket = createSocket("udp4").bind(port);
  await once(socket, "listening");
  return socket;
}
