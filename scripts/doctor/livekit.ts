import { RoomServiceClient } from "livekit-server-sdk";
import { parse } from "yaml";
import { ownAddresses } from "../../stacks/host";
import { npm } from "../lib/cli";
import { foreignAddress } from "../lib/foreign-address";
import { type Check, CheckFailure, requestSeconds } from "./check";
import { execute } from "./containers";
import { apiUrl, type DoctorContext } from "./context";

/** LiveKit takes a node whose clock is this far off for dead. */
export const clockLimitSeconds = 5;

export function livekitChecks(context: DoctorContext): Check[] {
  const common = { service: "livekit", fix: `See why: ${npm("logs", context, "livekit")}` } as const;
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
    // The answer's own text repeats the token.
    throw new CheckFailure(
      "401: LiveKit runs with another LIVEKIT_API_KEY or LIVEKIT_API_SECRET than .env has, or clocks differ",
      `Bring it up with these: ${npm("start", context)}`,
    );
  }
}

/** `/` turns to 406 when a server has not written its own state to Redis for 4 s. */
async function checkRedisReached({ fleet, node }: DoctorContext, signal: AbortSignal): Promise<string> {
  // A bridged server's own port is not published where nginx balances several.
  const ports = node.network === "host" ? node.servers.map(({ apiPort }) => apiPort) : [fleet.ports.api.first];
  for (const port of ports) {
    const { status } = await fetch(`http://127.0.0.1:${port}/`, { signal });
    if (status === 406) {
      throw new CheckFailure(
        `the server on port ${port} answers 406: it can't write to Redis`,
        `docker restart ${fleet.namePrefix}-livekit-redis`,
      );
    }
    if (status !== 200) throw new CheckFailure(`the server on port ${port} answers ${status}`);
  }
  return "200";
}

/** Containers have the engine's clock, which on Docker Desktop is a virtual machine's. */
async function checkClock(context: DoctorContext, signal: AbortSignal): Promise<string> {
  const { headers } = await fetch(apiUrl(context), { signal });
  const offSeconds = clockOffset(headers.get("date"), Date.now());
  if (Math.abs(offSeconds) > clockLimitSeconds) {
    throw new CheckFailure(
      `LiveKit's clock is ${Math.abs(offSeconds)} s ${offSeconds > 0 ? "ahead of" : "behind"} this machine's`,
      process.platform === "linux" ? "sudo timedatectl set-ntp true" : "Restart Docker Desktop",
    );
  }
  return "agrees with LiveKit's";
}

/**
 * Seconds that a server's clock is ahead of ours, to the second that its Date header is rounded to.
 * @throws Ailment where there is no such header
 */
export function clockOffset(date: string | null, nowMs: number): number {
  const serverMs = Date.parse(date ?? "");
  if (Number.isNaN(serverMs)) throw new CheckFailure("the answer has no Date");
  return Math.round((serverMs - nowMs) / 1000);
}

/** What LiveKit was started with, against what this machine's network says now: a laptop moves. */
async function checkAddress(context: DoctorContext): Promise<string> {
  const { fleet, node, specs } = context;
  for (const spec of specs.filter(({ kind }) => kind === "livekit")) {
    const config = parse(await execute(context, spec, ["cat", "/config/livekit.yaml"]));
    const advertised: unknown = config?.rtc?.node_ip;
    if (advertised !== node.publicAddress) {
      throw new CheckFailure(
        `${spec.name} advertises ${advertised}, but this machine is reached at ${node.publicAddress}`,
        `Bring it up with the new address: ${npm("start", context)}`,
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

/** Behind a router that passes the ports on the address is the router's; set by mistake it is nobody's. */
export function setAddress(address: string, own: readonly string[]): string {
  return [`${address}, set by livekit:publicAddress`, foreignAddress(address, own)].filter(Boolean).join("; ");
}
