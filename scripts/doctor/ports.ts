import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import type { LiveKitServer } from "../../model/fleet";
import { bindingKind, portsInUse } from "../../model/ports/binding";
import { formatPorts } from "../../model/ports/table";
import { npm } from "../lib/cli";
import { requestBinding } from "../smoke/stun";
import { type Check, CheckFailure } from "./check";
import type { DoctorContext } from "./context";

/** Returns a check for each TCP port, and for the UDP ports that each server binds when it starts. */
export function portChecks(context: DoctorContext): Check[] {
  const { fleet, node } = context;
  const tcp = portsInUse(fleet, node).filter(({ protocols }) => protocols.includes("tcp"));
  return [
    ...tcp
      .map((row) => ({ ...row, kind: bindingKind(row, node) }))
      .map(({ first, service, purpose, kind }) => ({
        title: `port ${first}/tcp (${service}, ${purpose})`,
        service: kind,
        fix: `Open the port in this machine's firewall with: sudo ufw allow ${first}/tcp`,
        run: (signal: AbortSignal) => checkTcp(node.publicAddress, first, signal),
      })),
    // A port range has no check: LiveKit binds its ports one by one, as participants join.
    ...node.servers
      .filter(({ media }) => media.kind === "mux")
      .map((server) => ({
        title: `port ${formatPorts(server.media)}/udp (${server.name}, media)`,
        service: "livekit" as const,
        fix: `See why LiveKit does not listen: ${npm("logs", context, "livekit")}`,
        run: () => checkBound(server),
      })),
  ];
}

/**
 * Returns a check that sends a STUN request, which needs no credentials. A response proves that the port is open and no
 * firewall blocks it.
 */
export function stunCheck({ fleet, node }: DoctorContext): Check {
  const { first } = fleet.ports.turn;
  return {
    title: `STUN on ${first}/udp`,
    service: "coturn",
    fix: `Open the port in this machine's firewall with: sudo ufw allow ${first}/udp`,
    run: async () => {
      await requestBinding({ host: node.publicAddress, port: first }, "udp", {});
      return `${node.publicAddress} answers`;
    },
  };
}

/** Opens a TCP connection. @throws Error if nothing accepts it */
export async function checkTcp(host: string, port: number, signal: AbortSignal): Promise<string> {
  const socket = connect({ host, port, signal });
  try {
    await once(socket, "connect", { signal });
    return `${host} answers`;
  } finally {
    socket.destroy();
  }
}

/**
 * Tries to bind the media ports. The attempt must fail, because LiveKit has bound them. A request would prove nothing:
 * LiveKit answers on these ports only during a call.
 */
async function checkBound({ media: { first, last } }: LiveKitServer): Promise<string> {
  const ports = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const free = await Promise.all(ports.map(isFree));
  const unheld = ports.filter((_, index) => free[index]);
  if (unheld.length > 0) throw new CheckFailure(`nothing listens on ${unheld.join(", ")}`);
  return "bound";
}

async function isFree(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  try {
    const listening = once(socket, "listening");
    socket.bind(port, "0.0.0.0");
    await listening;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  } finally {
    socket.close();
  }
}
