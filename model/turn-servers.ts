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

/** The ways to a node's relay, in the order in which clients get them. */
export function turnServers({ ports }: Fleet, { turnBySni }: FleetNode, { plain, secure }: TurnHosts): TurnServer[] {
  return [
    { host: plain, port: ports.turn.first, protocol: "udp" },
    { host: plain, port: ports.turn.first, protocol: "tcp" },
    ...(turnBySni ? [{ host: secure, port: ports.https.first, protocol: "tls" } as const] : []),
    { host: secure, port: ports.turnTls.first, protocol: "tls" },
  ];
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
