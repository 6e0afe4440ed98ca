import { RoomServiceClient } from "livekit-server-sdk";
import { parse } from "yaml";
import { ownAddresses } from "../../stacks/host";
import { npm } from "../lib/cli";
import { foreignAddress } from "../lib/foreign-address";
import { type Check, CheckFailure, requestSeconds } from "./check";
import { execute } from "./containers";
import { apiUrl, type DoctorContext } from "./context";

/** LiveKit considers a node dead if its clock differs from other nodes' clocks by this much. */
export const clockLimitSeconds = 5;

export function livekitChecks(context: DoctorContext): Check[] {
  const common = { service: "livekit", fix: `Read LiveKit's log: ${npm("logs", context, "livekit")}` } as const;
  return [
    { ...common, title: "API token", run: () => checkToken(context) },
    { ...common, title: "LiveKit reaches Redis", run: (signal) => checkRedisReached(context, signal) },
    { ...common, title: "clock", run: (signal) => checkClock(context, signal) },
    { ...common, title: "external address", run: () => checkAddress(context) },
  ];
}

async function checkToken(context: DoctorContext): Promise<string> {
  const [{ key, secret }] = context.secrets.apiKeys;
  try {
    const client = new RoomServiceClient(apiUrl(context), key, secret, { requestTimeout: requestSeconds });
    const rooms = await client.listRooms();
    return `accepted, ${rooms.length} rooms`;
  } catch (error) {
    if ((error as { status?: number }).status !== 401) throw error;
    // Replaces the error: its message contains the token.
    throw new CheckFailure(
      "401: LiveKit's LIVEKIT_API_KEY or LIVEKIT_API_SECRET differs from .env, or the clocks differ",
      `Apply the keys of .env: ${npm("start", context)}`,
    );
  }
}

/** Requests `/`: LiveKit returns 406 there if a server has not written its state to Redis for 4 s. */
async function checkRedisReached({ fleet, node }: DoctorContext, signal: AbortSignal): Promise<string> {
  // On a bridge network with several servers, only nginx's port is published.
  const ports = node.network === "host" ? node.servers.map(({ apiPort }) => apiPort) : [fleet.ports.api.first];
  for (const port of ports) {
    const { status } = await fetch(`http://127.0.0.1:${port}/`, { signal });
    if (status === 406) {
      throw new CheckFailure(
        `the server on port ${port} answers 406: it can't write to Redis`,
        `docker restart ${fleet.namePrefix}-livekit-redis`,
      );
    }
    if (status !== 200) throw new CheckFailure(`the server on port ${port} answers ${status} instead of 200`);
  }
  return "200";
}

/** Compares LiveKit's clock with this machine's. On Docker Desktop, containers use the clock of a virtual machine. */
async function checkClock(context: DoctorContext, signal: AbortSignal): Promise<string> {
  const { headers } = await fetch(apiUrl(context), { signal });
  const offSeconds = clockOffset(headers.get("date"), Date.now());
  if (Math.abs(offSeconds) > clockLimitSeconds) {
    throw new CheckFailure(
      `LiveKit's clock is ${describeOffset(offSeconds)}`,
      process.platform === "linux"
        ? "Synchronize this machine's clock with: sudo timedatectl set-ntp true"
        : "Restart Docker Desktop",
    );
  }
  return "agrees with LiveKit's";
}

/** @example describeOffset(-9) // "9 s behind this machine's" */
export function describeOffset(seconds: number): string {
  return `${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} this machine's`;
}

/**
 * Returns the seconds that a server's clock is ahead of this machine's. The Date header has a resolution of one second.
 * @throws CheckFailure if there is no such header
 */
export function clockOffset(date: string | null, nowMs: number): number {
  const serverMs = Date.parse(date ?? "");
  if (Number.isNaN(serverMs)) throw new CheckFailure("the response has no Date header");
  return Math.round((serverMs - nowMs) / 1000);
}

/** Compares LiveKit's advertised address with this machine's current one, which changes with a laptop's network. */
async function checkAddress(context: DoctorContext): Promise<string> {
  const { fleet, node, specs } = context;
  for (const spec of specs.filter(({ kind }) => kind === "livekit")) {
    const config = parse(await execute(context, spec, ["cat", "/config/livekit.yaml"]));
    const advertised: unknown = config?.rtc?.node_ip;
    if (advertised !== node.publicAddress) {
      throw new CheckFailure(
        `${spec.name} advertises ${advertised}, but this machine is reached at ${node.publicAddress}`,
        `Apply the new address: ${npm("start", context)}`,
      );
    }
  }
  if (fleet.settings.publicAddress) return setAddress(node.publicAddress, ownAddresses());
  if (node.publicAddress.startsWith("127.")) {
    throw new CheckFailure(
      "there is no default route: only this machine reaches the stack",
      `Join a network, then: ${npm("start", context)}`,
      "warning",
    );
  }
  return `${node.publicAddress}, the default route's`;
}

/** Describes a configured address. If no interface has it, it must belong to a router that forwards the ports. */
export function setAddress(address: string, own: readonly string[]): string {
  return [`${address}, set by livekit:publicAddress`, foreignAddress(address, own)].filter(Boolean).join("; ");
}
