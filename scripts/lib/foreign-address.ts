import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import type { Fleet } from "../../model/fleet";
import { type ConfigError, throwIfAny } from "../../model/user-error";
import { ownAddresses } from "../../stacks/host";
import { portClaims } from "./check-ports";
import { npm } from "./cli";

/** Explains that an address must belong to a router; undefined if an interface of this machine has the address. */
export function foreignAddress(address: string, own: readonly string[] = ownAddresses()): string | undefined {
  if (own.includes(address)) return undefined;
  const fix = "or be removed with: pulumi config rm livekit:publicAddress";
  return `no interface of this machine has it: it must be the address of a router that forwards the ports, ${fix}`;
}

export interface Probe {
  /** Addresses of this machine. */
  readonly own?: readonly string[];
  /** Address that the probe listens on. @default every interface */
  readonly listenAt?: string;
  /** Time limit for a router's answer. @default 3 */
  readonly timeoutSeconds?: number;
}

/**
 * Rejects a public address that does not lead to this machine: no network path of the smoke test could pass. Runs
 * before a running stack is replaced. Connects to the stack's own TCP ports at the address. Works only with host
 * networking.
 * @throws UserError with the commands that correct the address
 */
export async function checkPublicAddress(stack: string, fleet: Fleet, probe: Probe = {}): Promise<void> {
  const address = fleet.settings.publicAddress;
  if (address === undefined || foreignAddress(address, probe.own) === undefined) return;
  const ports = tcpPorts(fleet);
  const leads = await Promise.all(ports.map((port) => leadsHere(address, port, probe)));
  if (!leads.includes(true)) throwIfAny([notLeading(stack, address, ports)]);
}

function notLeading(stack: string, address: string, ports: readonly number[]): ConfigError {
  return {
    key: "livekit:publicAddress",
    value: address,
    rule: `no interface of this machine has this address, and connections to TCP ports ${ports.join(", ")} of this address do not reach this machine: no router forwards these ports, or a firewall drops the packets`,
    fix: `Remove it with: pulumi config rm livekit:publicAddress, or configure the router or the firewall. If the router forwards only connections from other machines, run: ${npm("start", { stack }, "--skip-address-check")}`,
  };
}

/**
 * Lists the TCP ports that a router between the internet and this machine must forward. Omits 80 and 443, where another
 * web server may answer.
 */
function tcpPorts(fleet: Fleet): number[] {
  const open = portClaims(fleet).filter(({ protocol, address }) => protocol === "tcp" && address === undefined);
  return [...new Set(open.map(({ port }) => port))].filter((port) => port !== 80 && port !== 443);
}

/**
 * Reports whether connections to an address reach this machine. If a service already uses the port, any accepted
 * connection counts as success. A port that this user may not bind counts as not reached.
 */
async function leadsHere(address: string, port: number, probe: Probe): Promise<boolean> {
  const { listenAt = "0.0.0.0", timeoutSeconds = 3 } = probe;
  const word = randomUUID();
  const server = await listen(port, listenAt, word);
  if (server === "not allowed") return false;
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  const socket = connect({ host: address, port });
  signal.addEventListener("abort", () => socket.destroy(new Error("the address did not answer in time")));
  try {
    if (server === "taken") await once(socket, "connect");
    return server === "taken" || (await text(socket)) === word;
  } catch {
    return false;
  } finally {
    socket.destroy();
    if (server !== "taken") server.close();
  }
}

/** Listens on the port and sends `word` to each client, so that the client can recognise this machine. */
async function listen(port: number, address: string, word: string): Promise<Server | "taken" | "not allowed"> {
  const server = createServer((socket) => {
    // A client that keeps its connection open must not keep this process running.
    socket.on("error", () => undefined).unref();
    socket.end(word);
  });
  try {
    await once(server.listen(port, address), "listening");
    return server;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EADDRINUSE" ? "taken" : "not allowed";
  }
}
