import { once } from "node:events";
import { isIP } from "node:net";
import { checkServerIdentity, connect, type PeerCertificate } from "node:tls";
import type { ServiceKind } from "../../model/images";
import { daysLeft, lifetimeError } from "../lib/certificate-lifetime";
import { npm } from "../lib/cli";
import { type Check, CheckFailure } from "./check";
import type { DoctorContext } from "./context";

/** The certificates that clients are shown, by nginx and by Coturn. */
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

/** A certificate as a client met it; `distrust` says why its chain is not believed. */
export interface Presented {
  readonly certificate: PeerCertificate;
  readonly distrust?: string;
}

/**
 * Dates, names, then chain: an expired certificate has a broken chain too, and the date is what to fix.
 * @returns how long it is valid
 * @throws Ailment
 */
export function validateCertificate({ certificate, distrust }: Presented, names: readonly string[], now: Date): string {
  const lifetime = lifetimeError(certificate, now);
  if (lifetime) throw new CheckFailure(lifetime);
  const missing = names.filter((name) => checkServerIdentity(name, certificate) !== undefined);
  if (missing.length > 0) throw new CheckFailure(`it does not cover ${missing.join(", ")}`);
  if (distrust) throw new CheckFailure(`its chain is not trusted: ${distrust}`);
  return `covers ${names.join(", ")}, ${daysLeft(certificate, now)} days left`;
}

/** What a client is shown at an address, asking for a name. */
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
    // An address is no name for SNI.
    ...(isIP(name) === 0 && { servername: name }),
    // Judged here, with all that is wrong in view.
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
