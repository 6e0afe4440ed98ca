/**
 * The port table: the single source for Docker, security groups, host firewall, service files, doctor, documents and
 * tests.
 */

export type Protocol = "tcp" | "udp";

export interface PortRow {
  readonly first: number;
  readonly last: number;
  readonly protocols: readonly Protocol[];
  readonly service: "LiveKit" | "TURN" | "nginx" | "Redis";
  readonly purpose: string;
}

export type PortName = "api" | "iceTcp" | "iceUdp" | "media" | "turn" | "turnTls" | "relay" | "https";

export type PortTable = Readonly<Record<PortName, PortRow>>;

/** Default ports. `livekit:ports` overrides single rows. */
export const defaultPorts: PortTable = {
  api: row(7880, 7880, ["tcp"], "LiveKit", "HTTP API, WebSocket"),
  iceTcp: row(7881, 7881, ["tcp"], "LiveKit", "RTC over TCP"),
  iceUdp: row(7882, 7882, ["udp"], "LiveKit", "RTC over UDP (mux)"),
  media: row(50000, 50100, ["udp"], "LiveKit", "WebRTC media"),
  turn: row(3478, 3478, ["udp", "tcp"], "TURN", "STUN/TURN"),
  turnTls: row(5349, 5349, ["udp", "tcp"], "TURN", "STUN/TURN over TLS, DTLS"),
  relay: row(49152, 49252, ["udp"], "TURN", "relay"),
  https: row(443, 443, ["tcp"], "nginx", "HTTPS, WebSocket; TURN/TLS by SNI"),
};

export const portNames = Object.keys(defaultPorts) as PortName[];

/** Formats a port or a range as the user writes it: `7880` or `50000-50100`. */
export function formatPorts({ first, last }: Pick<PortRow, "first" | "last">): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

/** Returns the number of ports in a row. */
export function portCount({ first, last }: Pick<PortRow, "first" | "last">): number {
  return last - first + 1;
}

type Claim = Pick<PortRow, "first" | "last" | "protocols">;

/** Reports whether two rows use a port of the same protocol on one host. */
export function overlap(a: Claim, b: Claim): boolean {
  return a.first <= b.last && b.first <= a.last && a.protocols.some((protocol) => b.protocols.includes(protocol));
}

function row(
  first: number,
  last: number,
  protocols: readonly Protocol[],
  service: PortRow["service"],
  purpose: string,
): PortRow {
  return { first, last, protocols, service, purpose };
}

/** Ports that only the machine itself reaches. */
export const internalPorts = {
  /** First API port of the LiveKit servers that nginx balances. */
  livekitApi: 17880,
  /** nginx's HTTPS port where 443 is shared with TURN/TLS. */
  httpsBehindSni: 18443,
  turnBehindSni: 18444,
  /** First port of the LiveKit servers' Prometheus metrics. */
  livekitMetrics: 16789,
} as const;

/** Loopback ports that `livekit:monitoring` adds, except `scrape`. */
export const monitoringPorts = {
  prometheus: 19090,
  nodeExporter: 19100,
  blackboxExporter: 19115,
  grafana: 13000,
  /** nginx's port for metrics, where Prometheus runs elsewhere. */
  scrape: 19443,
} as const;
