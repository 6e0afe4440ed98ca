/** The paths on which media can reach the SFU, in the order in which they are tested. */

export type PathId = "udp" | "tcp" | "turn-udp" | "turn-tcp" | "turn-tls" | "wss";

/** Transport between a client and its TURN relay. Between relay and SFU it is always UDP. */
export type RelayTransport = "udp" | "tcp" | "tls";

export interface Path {
  readonly id: PathId;
  readonly title: string;
  /** Determines the path's tone and picture, so that a track of another path is recognised as wrong. */
  readonly number: number;
  /** Transport of the client's direct candidates. Has no effect if media goes through a relay. */
  readonly protocol: "udp" | "tcp";
  /** Set if media goes through a TURN relay. */
  readonly relay?: RelayTransport;
  /** True if signalling goes through the TLS endpoint. */
  readonly secureSignalling: boolean;
}

export const paths: readonly Path[] = [
  { id: "udp", title: "direct UDP", number: 0, protocol: "udp", secureSignalling: false },
  { id: "tcp", title: "direct TCP", number: 1, protocol: "tcp", secureSignalling: false },
  { id: "turn-udp", title: "TURN/UDP", number: 2, protocol: "udp", relay: "udp", secureSignalling: false },
  { id: "turn-tcp", title: "TURN/TCP", number: 3, protocol: "udp", relay: "tcp", secureSignalling: false },
  { id: "turn-tls", title: "TURN/TLS", number: 4, protocol: "udp", relay: "tls", secureSignalling: false },
  { id: "wss", title: "wss through nginx", number: 5, protocol: "udp", secureSignalling: true },
];

export const pathIds: readonly PathId[] = paths.map(({ id }) => id);
