import { once } from "node:events";
import { isIP } from "node:net";
import { checkServerIdentity, connect, type PeerCertificate } from "node:tls";
import type { ServiceKind } from "../../model/images";
import { daysLeft, lifetimeError } from "../lib/certificate-lifetime";
import { npm } from "../lib/cli";
import { type Check, CheckFailure } from "./check";
import type { DoctorContext } from "./context";

/** Returns the checks of the certificates that nginx and Coturn present to clients. */
export function certificateChecks(context: DoctorContext): Check[] {
  const { ports } = context.fleet;
  const fix = `Issue a new one: ${npm("start", context)}`;
  const reach = { ...(context.ca && { ca: context.ca }), address: context.node.publicAddress };
  const of = (what: string, service: ServiceKind, port: number, name: string): Check => ({
    title: `certificate of ${what} (${port}/tcp)`,
    service,
    fix,
    run: async (signal) => validateCertificate(await presented(reach, port, name, signal), [name], new Date()),
  });
  return [
    of("HTTPS", "nginx", ports.https.first, context.node.apiName),
    of("TURN/TLS", "coturn", ports.turnTls.first, context.node.turnName),
  ];
}

/** A certificate that a server presented. `distrust` is the reason why its chain is not trusted. */
export interface Presented {
  readonly certificate: PeerCertificate;
  readonly distrust?: string;
}

/**
 * Validates dates, then names, then the chain. Dates come first: an expired certificate fails chain validation too.
 * @returns the covered names and the remaining days
 * @throws CheckFailure
 */
export function validateCertificate({ certificate, distrust }: Presented, names: readonly string[], now: Date): string {
  const lifetime = lifetimeError(certificate, now);
  if (lifetime) throw new CheckFailure(lifetime);
  const missing = names.filter((name) => checkServerIdentity(name, certificate) !== undefined);
  if (missing.length > 0) throw new CheckFailure(`it does not cover ${missing.join(", ")}`);
  if (distrust) throw new CheckFailure(`its chain is not trusted: ${distrust}`);
  return `covers ${names.join(", ")}, ${daysLeft(certificate, now)} days left`;
}

/** Returns the certificate that a client sees when it connects to an address and requests a name (SNI). */
export async function presented(
  { ca, address }: { readonly ca?: string; readonly address: string },
  port: number,
  name: string,
  signal: AbortSignal,
): Promise<Presented> {
  const socket = connect({
    host: address,
    port,
    ...(ca !== undefined && { ca }),
    // SNI does not allow IP addresses (RFC 6066, section 3).
    ...(isIP(name) === 0 && { servername: name }),
    // validateCertificate validates chain and names instead, and reports the most useful error first.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  try {
    await once(socket, "secureConnect", { signal });
    const distrust = socket.authorized ? undefined : String(socket.authorizationError);
    return { certificate: socket.getPeerCertificate(), ...(distrust && { distrust }) };
  } finally {
    socket.destroy();
  }
}
