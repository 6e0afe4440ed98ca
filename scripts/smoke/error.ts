import { STATUS_CODES } from "node:http";
import type { TLSSocket } from "node:tls";
import { lifetimeError } from "../lib/certificate-lifetime";

/** The layers a call is built on, lowest first; `client` is the test's own side of it. */
export type Layer = "client" | "DNS" | "TLS" | "token" | "signalling" | "ICE" | "relay" | "media";

/** Why a path failed: the layer, what was seen, and what fixes it. */
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
    this.name = "SmokeFault";
  }
}

/** The first fault met anywhere beneath a participant, as a promise to race against. */
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

/** What OpenSSL and Node.js say of a server that answers a TLS handshake in clear, or ends the connection. */
const plainPort = /wrong version number|packet length too long|http request|before secure TLS connection/i;
/** What nginx and Go say in clear at a port of TLS. */
const tlsPort = /plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server/i;

/**
 * Names the layer of a failed connection.
 * @param endpoint `host:port`, as the user knows it
 * @param layer what to blame when neither the resolver nor TLS is at fault
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
      `${endpoint}: no TLS is spoken there (${error.message.trim()})`,
      "Use ws:// for a port of plain HTTP, such as LiveKit's own 7880, or name the port that serves HTTPS",
    );
  }
  if (tlsCode.test(code)) {
    return new SmokeError(
      "TLS",
      `${endpoint}: ${error.message} (${code})`,
      "Check the certificate's names, dates and chain; for a private authority pass its certificate with --ca",
    );
  }
  return new SmokeError(
    layer,
    `${endpoint}: ${code === "ECONNREFUSED" ? "connection refused" : error.message || code}`,
    "Check that the service runs and that no firewall is in the way of this port",
  );
}

/**
 * A certificate that is accepted today and not for long: its renewal has failed.
 * @param now @default this moment
 */
export function renewalError(socket: TLSSocket, endpoint: string, now = new Date()): SmokeError | undefined {
  const error = lifetimeError(socket.getPeerCertificate(), now);
  return error === undefined
    ? undefined
    : new SmokeError(
        "TLS",
        `${endpoint}: the certificate is near its end: ${error}`,
        "Find out why it was not renewed: npm run doctor",
      );
}

/**
 * Names the layer of a refused join.
 * @param body the server's own words. LiveKit repeats the refused token in them; it is left out here.
 */
export function httpError(status: number, body: string, endpoint: string): SmokeError {
  const said = `${endpoint} answered ${status} ${STATUS_CODES[status] ?? ""}: ${firstLine(body)}`;
  if (tlsPort.test(body)) {
    return new SmokeError("TLS", `${endpoint} speaks TLS alone`, "Use wss:// in place of ws://");
  }
  if (status === 401 || status === 403) {
    return new SmokeError(
      "token",
      said,
      "Check that LIVEKIT_API_KEY and LIVEKIT_API_SECRET are the server's own, and that both clocks agree within a minute",
    );
  }
  const fix =
    status === 404
      ? "Check that the URL is LiveKit's, with the path that a proxy may serve it at and no other"
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
