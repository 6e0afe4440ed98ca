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

/** Of `turns` (RFC 7065). */
const defaultTlsPort = 5349;

/**
 * The TURN servers of one transport to test: those that are offered, and the one on the stack's own port, which has the host
 * and the credentials of an offered one. Of a server whose ports are not known, an unoffered relay is looked for where it would
 * be by default.
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

/** Whether the server offers the transport, where nothing else says which ports its relay has. */
function isKnown(iceServers: readonly ICEServer[], transport: RelayTransport, ports?: RelayPorts): boolean {
  return ports === undefined && relayServers(iceServers, transport).length > 0;
}

/** Whether a server that is no known stack of ours does not offer the transport: then its failure is no fault. */
export function isOptional(iceServers: readonly ICEServer[], transport: RelayTransport, ports?: RelayPorts): boolean {
  return transport !== "udp" && ports === undefined && !isKnown(iceServers, transport, ports);
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
    port: Number(port ?? (secure ? defaultTlsPort : 3478)),
  };
}
