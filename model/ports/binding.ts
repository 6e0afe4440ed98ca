import type { Fleet, FleetNode } from "../fleet";
import type { ServiceKind } from "../images";
import type { TableRow } from "./table";

/**
 * Returns the port rows of a node's services, narrowed to the ports in use. Services bind relay ports only during a
 * call.
 */
export function portsInUse({ ports }: Fleet, node: FleetNode): TableRow[] {
  const media = node.servers.map(({ media: { row, first, last } }) => ({ ...ports[row], first, last }));
  return [ports.api, ports.iceTcp, ...media, ports.turn, ports.turnTls, ports.relay, ports.https];
}

/** Reports whether nginx binds the API's port on this node and forwards to LiveKit on another port. */
export function isApiBehindNginx({ servers: [server, ...others] }: FleetNode): boolean {
  return others.length > 0 || server.apiAddress === "127.0.0.1";
}

const kinds: Readonly<Record<TableRow["service"], ServiceKind>> = {
  LiveKit: "livekit",
  TURN: "coturn",
  nginx: "nginx",
};

/** Returns the service that binds a row of the port table: nginx binds the API's port if it is in front of LiveKit. */
export function bindingKind({ name, service }: TableRow, node: FleetNode): ServiceKind {
  return name === "api" && isApiBehindNginx(node) ? "nginx" : kinds[service];
}
