import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import { join } from "node:path";

const temporary = mkdtempSync(join(os.tmpdir(), "livekit-stack-claim-"));
const deep = join(temporary, "a-cache-folder-whose-path-is-longer-than-that-of-a-socket-may-be".repeat(2));
Object.assign(process.env, { XDG_CACHE_HOME: deep, LIVEKIT_STACK_HOME: deep });
jest.spyOn(os, "tmpdir").mockReturnValue(temporary);
const { exclusively } = require("../../../scripts/lib/exclusive") as typeof import("../../../scripts/lib/exclusive");

const project = join(__dirname, "../../..");
const holding = `require("./scripts/lib/exclusive").exclusively("npm start", () => {
  console.log("held");
  return new Promise(() => setInterval(() => {}, 1000));
});`;

/** Folder of the socket that shows that a command is running. */
function socketFolder(): string {
  const [folder] = readdirSync(temporary).filter((name) => /^livekit-stack-\d+$/.test(name));
  return join(temporary, folder as string);
}

let holder: ChildProcess;

beforeEach(() => void jest.spyOn(console, "error").mockImplementation());
afterEach(() => void holder.kill("SIGKILL"));
afterAll(() => rmSync(temporary, { recursive: true }));

test("a command waits for a running one, names it, and continues when that one is killed", async () => {
  holder = spawn(process.execPath, ["--require", "./scripts/lib/typescript.cjs", "-e", holding], {
    cwd: project,
    env: { ...process.env, TMPDIR: temporary },
  });
  await once(holder.stdout as NodeJS.ReadableStream, "data");
  const work = jest.fn();
  const waiting = exclusively("npm stop", async () => work());
  const waits = `Waiting for npm start (process ${holder.pid}), which is running in ${deep}`;
  await new Promise<void>((resolve) => jest.mocked(console.error).mockImplementation(() => resolve()));
  expect(console.error).toHaveBeenCalledWith(waits);
  expect(work).not.toHaveBeenCalled();
  holder.kill("SIGKILL");
  await waiting;
  expect(work).toHaveBeenCalled();
});

test("does not wait for a command that ends as soon as it is contacted", async () => {
  const [socket] = await exclusively("npm start", async () => readdirSync(socketFolder()));
  const dying = createServer((socket) => {
    socket.destroy();
    dying.close();
  });
  await once(dying.listen(join(socketFolder(), socket as string)), "listening");
  const work = jest.fn();
  await exclusively("npm stop", async () => work());
  expect(work).toHaveBeenCalled();
});

test("rejects sockets in a folder that other users can write to", async () => {
  chmodSync(socketFolder(), 0o777);
  await expect(exclusively("npm stop", async () => 0)).rejects.toThrow("must be accessible to this user only");
});
