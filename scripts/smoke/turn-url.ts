import type { ICEServer } from "@livekit/protocol";
import type { RelayTransport } from "./paths";

export interface RelayServer {
  readonly transport: RelayTransport;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly credential: string;
}

/** Returns the TURN servers of one transport, in the order in which the server lists them. */
export function relayServers(iceServers: readonly ICEServer[], transport: RelayTransport): RelayServer[] {
  return iceServers.flatMap(({ urls, username, credential }) =>
    urls
      .map(parseTurnUrl)
      .filter((endpoint) => endpoint !== undefined)
      .filter((endpoint) => endpoint.transport === transport)
      .map((endpoint) => ({ ...endpoint, username, credential })),
  );
}

/** Ports of a stack's relay, including ports whose URLs it does not advertise. */
export type RelayPorts = Readonly<Record<Exclude<RelayTransport, "udp">, number>>;

/** Default port of `turns:` (RFC 7065). */
const defaultTlsPort = 5349;

/**
 * Returns the TURN servers to test for one transport: all that the server offers, and one on the stack's own port with
 * the host and credentials of an offered TURN server. If the server is not a stack of this project and offers no TURN
 * server for the transport, assumes port 5349 for TLS, and the port of the offered UDP relay for TCP.
 */
export function testedRelays(
  iceServers: readonly ICEServer[],
  transport: RelayTransport,
  ports?: RelayPorts,
): RelayServer[] {
  const offered = relayServers(iceServers, transport);
  const [like] = [...offered, ...relayServers(iceServers, "udp")];
  if (transport === "udp" || like === undefined || isKnown(iceServers, transport, ports)) return offered;
  const port = ports?.[transport] ?? (transport === "tls" ? defaultTlsPort : like.port);
  return offered.some((relay) => relay.port === port) ? offered : [...offered, { ...like, transport, port }];
}

/** Reports whether the relay's port for a transport is known only from an offered URL. */
function isKnown(iceServers: readonly ICEServer[], transport: RelayTransport, ports?: RelayPorts): boolean {
  return ports === undefined && relayServers(iceServers, transport).length > 0;
}

/** Reports whether the path may fail: the server is not a stack of this project and does not offer the transport. */
export function isOptional(iceServers: readonly ICEServer[], transport: RelayTransport, ports?: RelayPorts): boolean {
  return transport !== "udp" && ports === undefined && !isKnown(iceServers, transport, ports);
}

/** Parses `turn:host[:port][?transport=udp|tcp]`, and the same with `turns:` (RFC 7065). DTLS is not supported. */
export function parseTurnUrl(url: string): Pick<RelayServer, "transport" | "host" | "port"> | undefined {
  const match = /^(turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/.exec(url);
  if (match === null) return undefined;
  const [, scheme, host = "", port, via] = match;
  const secure = scheme === "turns";
  if (secure && via === "udp") return undefined;
  return {
    transport: secure ? "tls" : via === "tcp" ? "tcp" : "udp",
    host: host.replace(/^\[|\]$/g, ""),
    port: Number(port ?? (secure ? defaultTlsPort : 3478)),
  };
}
