import type { TurnCredentials } from "./credentials";
import type { Fleet, FleetNode } from "./fleet";

export type TurnProtocol = "udp" | "tcp" | "tls";

/** One address of the TURN relay. */
export interface TurnServer {
  readonly host: string;
  readonly port: number;
  readonly protocol: TurnProtocol;
}

/** Hosts of the relay. TLS needs a name that the certificate covers; UDP and TCP take a name or an address. */
export interface TurnHosts {
  readonly plain: string;
  readonly secure: string;
}

/**
 * Lists the TURN servers that a node sends to clients, in the order in which clients receive them. A browser allocates
 * a relay port on each server in the list, even if the browser needs no relay. So the list contains only servers that
 * reach additional clients: clients that neither ICE/TCP nor another server in the list reaches.
 */
export function turnServers(
  { ports, settings }: Fleet,
  { turnBySni }: FleetNode,
  { plain, secure }: TurnHosts,
): TurnServer[] {
  const added = new Set<TurnProtocol>(settings.turnTransports);
  return [
    { host: plain, port: ports.turn.first, protocol: "udp" },
    ...(added.has("tcp") ? [{ host: plain, port: ports.turn.first, protocol: "tcp" } as const] : []),
    ...(turnBySni ? [{ host: secure, port: ports.https.first, protocol: "tls" } as const] : []),
    ...(added.has("tls") ? [{ host: secure, port: ports.turnTls.first, protocol: "tls" } as const] : []),
  ];
}

/**
 * Returns the hosts of a node's relay. Uses the DNS name if the stack has a domain, because a client behind NAT64 can't
 * reach an IPv4 address.
 */
export function turnHosts({ settings }: Fleet, { publicAddress, turnName }: FleetNode): TurnHosts {
  return { plain: settings.domain === undefined ? publicAddress : turnName, secure: turnName };
}

/** Returns the number of TURN URLs that a node sends to each client. */
export function turnUrlCount(fleet: Fleet, node: FleetNode): number {
  return turnServers(fleet, node, turnHosts(fleet, node)).length;
}

/** Formats a TURN URL for clients (RFC 7065): `turn:host:port?transport=...`, or `turns:` for TLS. */
export function turnUrl({ host, port, protocol }: TurnServer): string {
  const scheme = protocol === "tls" ? "turns" : "turn";
  const address = host.includes(":") ? `[${host}]` : host;
  return `${scheme}:${address}:${port}?transport=${protocol === "udp" ? "udp" : "tcp"}`;
}

/** Returns one of the `iceServers` of a browser's RTCPeerConnection, which ignores `ttl`. */
export function iceServer(servers: readonly TurnServer[], { username, password, ttl }: TurnCredentials) {
  return { urls: servers.map(turnUrl), username, credential: password, ttl };
}
