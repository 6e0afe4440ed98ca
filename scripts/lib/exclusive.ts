import { lstatSync, mkdirSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inputsKey } from "../../images/inputs";
import { locked } from "../../stacks/cache";
import { localFolder } from "../../stacks/env";
import { cannot, fixAbove } from "../toolchain/machine";
import { endInOrder } from "./interruption";

/**
 * Runs work that writes the local folder (secrets, certificate authority, state) while no other command does. Prints
 * the command that it waits for, and shuts down in order when interrupted. The lock is a socket that its holder listens
 * on: the operating system closes it when the process ends, however it ends.
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
    // Checks and takes in one step: of two processes that find a dead holder's socket, only one removes it.
    const taken = await locked(`folder-${key}`, async () => (await holderOf(path)) ?? (await listen(path, command)));
    if (typeof taken === "function") return taken;
    await end(taken);
  }
}

/**
 * Returns the socket's path. macOS allows 103 bytes, fewer than the path of many a cache folder has, so it is in the
 * temporary folder. On Windows it is a named pipe.
 */
function socketPath(key: string): string {
  if (process.platform === "win32") return `\\\\.\\pipe\\livekit-stack-${key}`;
  const user = process.getuid?.();
  const folder = join(tmpdir(), `livekit-stack-${user}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(folder);
  // Every user can write to the temporary folder, so another user may have created this one.
  if (uid !== user || (mode & 0o077) !== 0) {
    throw cannot(folder, "must be accessible to this user only", "Remove it, or set TMPDIR to a folder of your own");
  }
  return join(folder, `${key}.sock`);
}

/** Connects to the process that holds the lock; undefined if none does. */
function holderOf(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.on("error", ({ code, message }: NodeJS.ErrnoException) => {
      if (code === "ENOENT" || code === "ECONNREFUSED") resolve(undefined);
      else reject(cannot(path, `does not show whether another command is running: ${message}`, fixAbove));
    });
  });
}

/** Holds the lock, and sends the holder's command and process id to every process that connects. */
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
  // A holder that is being killed may still accept a connection, and close it before a listener is attached.
  if (holder.destroyed) return Promise.resolve();
  holder.on("data", (who) => console.error(`Waiting for ${who}, which is running in ${localFolder}`));
  return new Promise((resolve) => holder.on("close", () => resolve()));
}
