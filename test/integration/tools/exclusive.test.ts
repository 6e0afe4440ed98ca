import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

const home = mkdtempSync(join(tmpdir(), "livekit-stack-exclusive-"));
const cache = join(home, "cache");
Object.assign(process.env, { XDG_CACHE_HOME: cache, LIVEKIT_STACK_HOME: home });
const { exclusively } = require("../../../scripts/lib/exclusive") as typeof import("../../../scripts/lib/exclusive");

const project = join(__dirname, "../../..");
/** A command that holds the lock and, like Pulumi's SDK during `up`, has its own listener for uncaught exceptions. */
const holding = `process.on("uncaughtException", () => {});
require("./scripts/lib/cli").runMain(() => require("./scripts/lib/exclusive").exclusively("npm start", () => {
  console.log("held");
  return new Promise(() => setInterval(() => {}, 1000));
}));`;

const files = () => readdirSync(join(cache, "livekit-stack"));
/** Locks on disk. */
const locks = () =>
  files()
    .filter((name) => name.endsWith(".lock"))
    .map((name) => join(cache, "livekit-stack", name));

let holder: ChildProcess;
let noticed: Promise<unknown>;

beforeEach(async () => {
  noticed = new Promise((resolve) => void jest.spyOn(console, "error").mockImplementation(resolve));
  const args = ["--require", "./scripts/lib/typescript.cjs", "-e", holding];
  holder = spawn(process.execPath, args, { cwd: project, env: process.env });
  await once(holder.stdout as Readable, "data");
});
afterEach(() => void holder.kill("SIGKILL"));
afterAll(() => rmSync(home, { recursive: true }));

test("a command waits for another running command, names it, and continues when the other is interrupted", async () => {
  const work = jest.fn();
  const waiting = exclusively("npm stop", async () => work());
  expect(await noticed).toBe(`Waiting for npm start (process ${holder.pid}), which is running in ${home}`);
  expect(work).not.toHaveBeenCalled();
  holder.kill("SIGINT");
  await waiting;
  expect(work).toHaveBeenCalledTimes(1);
  expect(console.error).toHaveBeenCalledTimes(1);
  expect(files()).toEqual([]);
});

test("a command takes over the lock of a killed command once the lock is no longer renewed", async () => {
  holder.kill("SIGKILL");
  await once(holder, "close");
  expect(locks()).toHaveLength(1);
  expect(await exclusively("npm stop", async () => locks())).toHaveLength(1);
  expect(locks()).toEqual([]);
});

test("a command that lost its lock fails with an error that explains the loss", async () => {
  const ended = once(holder, "close");
  for (const lock of locks()) rmSync(lock, { recursive: true });
  const said = await text(holder.stderr as Readable);
  expect(said).toMatch(
    /^\S+: this command lost its lock: it was paused, or the lock was deleted. Run the command again\n$/,
  );
  expect((await ended)[0]).toBe(1);
});
