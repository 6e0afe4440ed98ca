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
