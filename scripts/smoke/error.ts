import { STATUS_CODES } from "node:http";
import type { TLSSocket } from "node:tls";
import { lifetimeError } from "../lib/certificate-lifetime";

/** The layers of a call at which it can fail, lowest first. `client` is the test's own WebRTC client. */
export type Layer = "client" | "DNS" | "TLS" | "token" | "signalling" | "ICE" | "relay" | "media";

/** The reason why a path failed: the layer, the cause and the fix. */
export interface SmokeFailure {
  readonly layer: Layer;
  readonly message: string;
  readonly fix: string;
}

export class SmokeError extends Error implements SmokeFailure {
  constructor(
    readonly layer: Layer,
    message: string,
    readonly fix: string,
  ) {
    super(message);
    this.name = "SmokeError";
  }
}

/** The server does not offer the path's relay, or no relay answers at its port. */
export class RelayMissing extends SmokeError {}

/** Collects errors of a participant's connections. Its promise rejects with the first one. */
export class Alarm {
  private reject!: (error: SmokeError) => void;
  readonly raised = new Promise<never>((_, reject) => {
    this.reject = reject;
  });

  constructor() {
    this.raised.catch(() => undefined);
  }

  raise(error: SmokeError): void {
    this.reject(error);
  }
}

const resolverCodes = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA"]);
const tlsCode = /^(ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;

/** Matches errors of OpenSSL and Node.js if a server answers a TLS handshake in plain text or closes the connection. */
const plainPort = /wrong version number|packet length too long|http request|before secure TLS connection/i;
/** Matches the responses of nginx and Go to plain HTTP on a TLS port. */
const tlsPort = /plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server/i;

/**
 * Converts a connection error into a {@link SmokeError} with the layer that failed.
 * @param endpoint `host:port` of the server as the user typed it, not of the local gateway
 * @param layer the layer if neither DNS nor TLS failed
 */
export function connectionError(error: NodeJS.ErrnoException, endpoint: string, layer: Layer): SmokeError {
  const code = error.code ?? "";
  if (resolverCodes.has(code)) {
    return new SmokeError(
      "DNS",
      `${endpoint}: the name does not resolve (${code})`,
      "Create the DNS record, or check it with: getent hosts <name>",
    );
  }
  if (plainPort.test(error.message)) {
    return new SmokeError(
      "TLS",
      `${endpoint}: the port does not use TLS (${error.message.trim()})`,
      "Use ws:// for a port of plain HTTP, such as LiveKit's own 7880, or name the port that serves HTTPS",
    );
  }
  if (tlsCode.test(code)) {
    return new SmokeError(
      "TLS",
      `${endpoint}: ${error.message} (${code})`,
      "Check the certificate's names, dates and chain; for a private CA pass its certificate with --ca",
    );
  }
  return new SmokeError(
    layer,
    `${endpoint}: ${code === "ECONNREFUSED" ? "connection refused" : error.message || code}`,
    "Check that the service runs and that no firewall blocks this port",
  );
}

/** Converts the error of a connection to a relay into a {@link SmokeError}. */
export function relayError(error: NodeJS.ErrnoException, endpoint: string): SmokeError {
  const converted = connectionError(error, endpoint, "relay");
  if (converted.layer !== "relay" && !plainPort.test(error.message)) return converted;
  return new RelayMissing(converted.layer, converted.message, converted.fix);
}

/**
 * Returns an error for a certificate that is valid, but about to expire: its renewal has failed.
 * @param now time to compare with. @default the current time
 */
export function renewalError(socket: TLSSocket, endpoint: string, now = new Date()): SmokeError | undefined {
  const error = lifetimeError(socket.getPeerCertificate(), now);
  return error === undefined
    ? undefined
    : new SmokeError(
        "TLS",
        `${endpoint}: the certificate expires soon: ${error}`,
        "Find out why the certificate was not renewed: npm run doctor",
      );
}

/**
 * Converts the HTTP response that rejected a join into a {@link SmokeError} with the layer that failed.
 * @param body of the response. LiveKit repeats the rejected token in it, which is redacted here.
 */
export function httpError(status: number, body: string, endpoint: string): SmokeError {
  const said = `${endpoint} answered ${status} ${STATUS_CODES[status] ?? ""}: ${firstLine(body)}`;
  if (tlsPort.test(body)) {
    return new SmokeError("TLS", `${endpoint} accepts only TLS`, "Use wss:// instead of ws://");
  }
  if (status === 401 || status === 403) {
    return new SmokeError(
      "token",
      said,
      "Check that LIVEKIT_API_KEY and LIVEKIT_API_SECRET are the server's own, and that the clocks of this machine and the server agree within a minute",
    );
  }
  const fix =
    status === 404
      ? "Check that the URL is LiveKit's. If a proxy serves LiveKit under a path, the URL must include this path"
      : "Read the server's log: npm run logs -- livekit. A draining or overloaded node takes no new rooms";
  return new SmokeError("signalling", said, fix);
}

function firstLine(text: string): string {
  const line = text
    .trim()
    .split("\n", 1)[0]
    ?.replace(/\beyJ[\w-]+(\.[\w-]*)*/g, "<token>");
  return line?.slice(0, 200) || "no reason given";
}
