import { lstatSync, mkdirSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inputsKey } from "../../images/inputs";
import { localFolder } from "../../stacks/env";
import { locked } from "../toolchain/cache";
import { cannot, fixAbove } from "../toolchain/machine";
import { endInOrder } from "./interruption";

/**
 * Runs work that writes the local folder (secrets, authority, state) while no other command does so; says for whom it
 * waits, and ends in order when interrupted. The claim is a socket that its holder listens on: the system closes it with
 * the process, however that ends.
 */
export async function exclusively<Result>(command: string, work: () => Promise<Result>): Promise<Result> {
  endInOrder(command);
  const release = await claim(command);
  try {
    return await work();
  } finally {
    release();
  }
}

async function claim(command: string): Promise<() => void> {
  const key = inputsKey({ localFolder });
  const path = socketPath(key);
  for (;;) {
    // Looking and taking are one step, so that of two who find a dead holder's socket only one removes it.
    const taken = await locked(`folder-${key}`, async () => (await holderOf(path)) ?? (await listen(path, command)));
    if (typeof taken === "function") return taken;
    await end(taken);
  }
}

/** A socket's path may have 103 bytes on macOS, fewer than many a cache folder's. On Windows it is a named pipe's name. */
function socketPath(key: string): string {
  if (process.platform === "win32") return `\\\\.\\pipe\\livekit-stack-${key}`;
  const user = process.getuid?.();
  const folder = join(tmpdir(), `livekit-stack-${user}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(folder);
  // Where everybody may write, somebody else may have been first.
  if (uid !== user || (mode & 0o077) !== 0) {
    throw cannot(folder, "must be this user's alone", "Remove it, or set TMPDIR to a folder of your own");
  }
  return join(folder, `${key}.sock`);
}

/** A connection to who holds the claim; undefined where nobody does. */
function holderOf(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.on("error", ({ code, message }: NodeJS.ErrnoException) => {
      if (code === "ENOENT" || code === "ECONNREFUSED") resolve(undefined);
      else reject(cannot(path, `doesn't tell whether another command is under way: ${message}`, fixAbove));
    });
  });
}

/** Holds the claim, and tells whoever connects who does. */
function listen(path: string, command: string): Promise<() => void> {
  rmSync(path, { force: true });
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.on("error", () => undefined).on("close", () => waiting.delete(socket));
    socket.write(`${command} (process ${process.pid})`);
  });
  return new Promise((resolve, reject) => {
    server.on("error", reject).listen(path, () =>
      resolve(() => {
        server.close();
        for (const socket of waiting) socket.destroy();
      }),
    );
  });
}

function end(holder: Socket): Promise<void> {
  // One that is being killed may still take a connection, and is gone before anybody listens to it.
  if (holder.destroyed) return Promise.resolve();
  holder.on("data", (who) => console.error(`Waiting for ${who}, which is under way in ${localFolder}`));
  return new Promise((resolve) => holder.on("close", () => resolve()));
}
