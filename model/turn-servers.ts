import type { TurnCredentials } from "./credentials";
import type { Fleet, FleetNode } from "./fleet";

export type TurnProtocol = "udp" | "tcp" | "tls";

/** A way to the relay. */
export interface TurnServer {
  readonly host: string;
  readonly port: number;
  readonly protocol: TurnProtocol;
}

/** Where the relay is reached: TLS by a name that its certificate has, the others by the name or the address. */
export interface TurnHosts {
  readonly plain: string;
  readonly secure: string;
}

/**
 * The TURN servers that a node hands out, in the order in which clients get them. A browser allocates a relay port on each of
 * them, needed or not, so only those are handed out that reach clients which the others and ICE/TCP do not.
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

/** Where clients reach a node's relay: by name where it has one, since a client behind NAT64 can't use an IPv4 address. */
export function turnHosts({ settings }: Fleet, { publicAddress, turnName }: FleetNode): TurnHosts {
  return { plain: settings.domain === undefined ? publicAddress : turnName, secure: turnName };
}

/** How many TURN URLs a node hands out. */
export function turnUrlCount(fleet: Fleet, node: FleetNode): number {
  return turnServers(fleet, node, turnHosts(fleet, node)).length;
}

/** `turn:host:port?transport=...` or `turns:` likewise (RFC 7065), as a client takes it. */
export function turnUrl({ host, port, protocol }: TurnServer): string {
  const scheme = protocol === "tls" ? "turns" : "turn";
  const address = host.includes(":") ? `[${host}]` : host;
  return `${scheme}:${address}:${port}?transport=${protocol === "udp" ? "udp" : "tcp"}`;
}

/** What a browser's RTCPeerConnection takes as one of its `iceServers`; it passes over the lifetime. */
export function iceServer(servers: readonly TurnServer[], { username, password, ttl }: TurnCredentials) {
  return { urls: servers.map(turnUrl), username, credential: password, ttl };
}
