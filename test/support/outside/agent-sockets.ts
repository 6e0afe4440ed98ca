import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { JobType, ServerMessage, WorkerMessage } from "@livekit/protocol";
import { WebSocket } from "ws";

/** Interval between two connections. It is long enough to stay below nginx's request rate limit per address. */
const betweenMs = 12;

/**
 * Program: registers agents with a LiveKit server, each over its own WebSocket. Prints as JSON how many are registered
 * at the same time and why others failed. An agent's WebSocket stays open without a peer connection. Arguments: URL,
 * number of agents, CA certificate file. TOKEN: an agent's token.
 */
async function register([url = "", count = "", caFile = ""]: readonly string[]): Promise<void> {
  const options = { ca: readFileSync(caFile), headers: { Authorization: `Bearer ${process.env["TOKEN"]}` } };
  const open = new Set<WebSocket>();
  const failures = new Map<string, number>();
  const connect = async () => {
    const socket = new WebSocket(`${url}/agent`, options);
    try {
      await once(socket, "open");
      socket.send(registration);
      const [message] = await Promise.race([once(socket, "message"), closing(socket)]);
      if (ServerMessage.fromBinary(message).message.case !== "register") throw new Error("not registered");
      open.add(socket);
      socket.on("close", () => open.delete(socket));
    } catch (error) {
      const { message } = error as Error;
      failures.set(message, (failures.get(message) ?? 0) + 1);
    }
  };
  const connecting: Promise<void>[] = [];
  for (let n = 0; n < Number(count); n++) {
    connecting.push(connect());
    await pause(betweenMs);
  }
  await Promise.all(connecting);
  console.log(JSON.stringify({ open: open.size, failures: Object.fromEntries(failures) }));
  process.exit();
}

async function closing(socket: WebSocket): Promise<never> {
  const [code] = await once(socket, "close");
  throw new Error(`closed with ${code}`);
}

/** A named agent gets jobs only by explicit dispatch. */
const registration = new WorkerMessage({
  message: { case: "register", value: { type: JobType.JT_ROOM, agentName: "held-socket", version: "1" } },
}).toBinary();

void register(process.argv.slice(2));
