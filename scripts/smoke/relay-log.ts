import { SmokeError } from "./error";
import type { Path } from "./paths";

/** An allocation in Coturn's log with `verbose`. Coturn 4.6 and 4.18 use the same format. */
export interface Allocation {
  /** TLS version of the client's connection. Undefined if the client did not use TLS. */
  readonly tlsVersion?: string;
}

/** Finds a participant's allocations in a log. LiveKit's TURN username is `<expiry>:<participant sid>`. */
export function allocations(log: string, participantSid: string): Allocation[] {
  const line = new RegExp(
    `\\bnew, realm=<[^>]*>, username=<\\d+:${participantSid}>, lifetime=\\d+(?:, cipher=\\S+, method=(\\S+))?`,
    "g",
  );
  return [...log.matchAll(line)].map(([, tlsVersion]) => ({ ...(tlsVersion && { tlsVersion }) }));
}

/**
 * Reports whether the relay's log proves that media took the path. The client's candidate can't prove it, because its
 * transport is TCP for both TURN/TCP and TURN/TLS.
 */
export function logProves(path: Path, log: string, participantSid: string): boolean {
  const overTls = path.relay === "tls";
  return allocations(log, participantSid).some(({ tlsVersion }) => (tlsVersion !== undefined) === overTls);
}

export function unreadable(error: Error): SmokeError {
  return new SmokeError(
    "relay",
    `Coturn's log can't be read: ${error.message}`,
    "Check that the Docker engine answers, and that Coturn's container is there: docker ps --all",
  );
}

export function notLogged(path: Path, participantSid: string): SmokeError {
  return new SmokeError(
    "relay",
    `Coturn's log shows no ${path.title} allocation for ${participantSid}`,
    "Check that the media went to this Coturn, and that turnserver.conf sets verbose",
  );
}
