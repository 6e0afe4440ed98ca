/**
 * The port table: the single source for Docker, security groups, host firewall, service files, doctor, documents and
 * tests.
 */

export type Protocol = "tcp" | "udp";

/** A port, or a range of ports that includes its ends. */
export interface PortSpan {
  readonly first: number;
  readonly last: number;
}

export type PortName = "api" | "iceTcp" | "iceUdp" | "media" | "turn" | "turnTls" | "relay" | "https";

export interface PortRow extends PortSpan {
  /** The row's key in the table. Redis is not in the table: it listens on loopback only. */
  readonly name: PortName | "redis";
  readonly protocols: readonly Protocol[];
  readonly service: "LiveKit" | "TURN" | "nginx" | "Redis";
  readonly purpose: string;
}

/** A row of the port table. */
export interface TableRow extends PortRow {
  readonly name: PortName;
  readonly service: Exclude<PortRow["service"], "Redis">;
}

export type PortTable = Readonly<Record<PortName, TableRow>>;

/** Default ports. `livekit:ports` overrides single rows. */
export const defaultPorts: PortTable = {
  api: row("api", 7880, 7880, ["tcp"], "LiveKit", "HTTP API, WebSocket"),
  iceTcp: row("iceTcp", 7881, 7881, ["tcp"], "LiveKit", "RTC over TCP"),
  iceUdp: row("iceUdp", 7882, 7882, ["udp"], "LiveKit", "RTC over UDP (mux)"),
  media: row("media", 50000, 50100, ["udp"], "LiveKit", "WebRTC media"),
  turn: row("turn", 3478, 3478, ["udp", "tcp"], "TURN", "STUN/TURN"),
  turnTls: row("turnTls", 5349, 5349, ["udp", "tcp"], "TURN", "STUN/TURN over TLS, DTLS"),
  relay: row("relay", 49152, 49252, ["udp"], "TURN", "relay"),
  https: row("https", 443, 443, ["tcp"], "nginx", "HTTPS, WebSocket; TURN/TLS by SNI"),
};

export const portNames = Object.keys(defaultPorts) as PortName[];

interface PortSettings {
  readonly ports: Readonly<Partial<Record<string, PortSpan>>>;
}

/** Returns the port table with the stack's overrides. */
export function portTable({ ports }: PortSettings): PortTable {
  const rows = portNames.map((name): [PortName, TableRow] => [name, { ...defaultPorts[name], ...ports[name] }]);
  return Object.fromEntries(rows) as unknown as PortTable;
}

/** Formats a port or a range as the user writes it: `7880` or `50000-50100`. */
export function formatPorts({ first, last }: PortSpan): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

/** Returns the number of ports in a row. */
export function portCount({ first, last }: PortSpan): number {
  return last - first + 1;
}

/**
 * Returns slice `index` of `count` equal slices of a range. No slice gets the remaining ports, so all stay equal.
 * @example slice({first: 50000, last: 50100}, 1, 2) // {first: 50050, last: 50099}
 */
export function slice(span: PortSpan, index: number, count: number): PortSpan {
  const size = Math.floor(portCount(span) / count);
  const first = span.first + index * size;
  return { first, last: first + size - 1 };
}

type Claim = Pick<PortRow, "first" | "last" | "protocols">;

/** Reports whether two rows use the same port and protocol on one host. */
export function overlap(a: Claim, b: Claim): boolean {
  return a.first <= b.last && b.first <= a.last && a.protocols.some((protocol) => b.protocols.includes(protocol));
}

function row(
  name: PortName,
  first: number,
  last: number,
  protocols: readonly Protocol[],
  service: TableRow["service"],
  purpose: string,
): TableRow {
  return { name, first, last, protocols, service, purpose };
}
