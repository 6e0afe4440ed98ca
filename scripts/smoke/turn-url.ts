import type { ICEServer } from "@livekit/protocol";
import type { RelayTransport } from "./paths";

export interface RelayServer {
  readonly transport: RelayTransport;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly credential: string;
}

/** The TURN servers of one transport, in the server's order. */
export function relayServers(iceServers: readonly ICEServer[], transport: RelayTransport): RelayServer[] {
  return iceServers.flatMap(({ urls, username, credential }) =>
    urls
      .map(parseTurnUrl)
      .filter((endpoint) => endpoint !== undefined)
      .filter((endpoint) => endpoint.transport === transport)
      .map((endpoint) => ({ ...endpoint, username, credential })),
  );
}

/** Ports of a stack's relay, whether or not it hands out their URLs. */
export type RelayPorts = Readonly<Record<Exclude<RelayTransport, "udp">, number>>;

/**
 * The TURN servers of one transport to test: those that are offered, and the one on the stack's own port, which has the host
 * and the credentials of an offered one.
 */
export function testedRelays(
  iceServers: readonly ICEServer[],
  transport: RelayTransport,
  ports?: RelayPorts,
): RelayServer[] {
  const offered = relayServers(iceServers, transport);
  if (transport === "udp" || ports === undefined) return offered;
  const port = ports[transport];
  const [like] = [...offered, ...relayServers(iceServers, "udp")];
  if (like === undefined || offered.some((relay) => relay.port === port)) return offered;
  return [...offered, { ...like, transport, port }];
}

/** Reads `turn:host[:port][?transport=udp|tcp]` and `turns:` likewise (RFC 7065). DTLS is no transport of ours. */
export function parseTurnUrl(url: string): Pick<RelayServer, "transport" | "host" | "port"> | undefined {
  const match = /^(turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/.exec(url);
  if (match === null) return undefined;
  const [, scheme, host = "", port, via] = match;
  const secure = scheme === "turns";
  if (secure && via === "udp") return undefined;
  return {
    transport: secure ? "tls" : via === "tcp" ? "tcp" : "udp",
    host: host.replace(/^\[|\]$/g, ""),
    port: Number(port ?? (secure ? 5349 : 3478)),
  };
}
