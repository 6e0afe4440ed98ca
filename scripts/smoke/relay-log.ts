import { SmokeError } from "./error";
import type { Path } from "./paths";

/** An allocation as Coturn logs it under `verbose`, in 4.6's words as in 4.18's. */
export interface Allocation {
  /** Set when the client came over TLS. */
  readonly tlsVersion?: string;
}

/** The allocations made for a participant: LiveKit's TURN username is `<expiry>:<participant sid>`. */
export function allocations(log: string, participantSid: string): Allocation[] {
  const line = new RegExp(
    `\\bnew, realm=<[^>]*>, username=<\\d+:${participantSid}>, lifetime=\\d+(?:, cipher=\\S+, method=(\\S+))?`,
    "g",
  );
  return [...log.matchAll(line)].map(([, tlsVersion]) => ({ ...(tlsVersion && { tlsVersion }) }));
}

/** Whether the relay's own log tells of this path. The client's candidate says TCP also where TLS carried it. */
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
