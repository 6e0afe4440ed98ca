import { rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { inputsKey } from "../images/inputs";
import { localFolder } from "../stacks/env";
import { endInOrder } from "./interruption";
import { cacheFolder, locked } from "./tools/cache";

/**
 * Runs work that writes the local folder (secrets, authority, state) while no other command does so; says for whom it
 * waits, and ends in order when interrupted. The claim is a socket that its holder listens on: the system closes it with the process, however that ends.
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
  const name = `folder-${inputsKey({ localFolder })}`;
  const path = join(cacheFolder(), `${name}.sock`);
  for (;;) {
    // Looking and taking are one step, so that of two who find a dead holder's socket only one removes it.
    const taken = await locked(name, async () => (await holderOf(path)) ?? (await listen(path, command)));
    if (typeof taken === "function") return taken;
    await end(taken);
  }
}

/** A connection to who holds the claim; undefined where nobody does. */
function holderOf(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path, () => resolve(socket));
    socket.on("error", () => resolve(undefined));
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
  holder.on("data", (who) => console.error(`Waiting for ${who}, which is under way in ${localFolder}`));
  return new Promise((resolve) => holder.on("close", () => resolve()));
}
