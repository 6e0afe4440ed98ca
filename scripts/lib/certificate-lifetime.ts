import type { PeerCertificate } from "node:tls";
import { renewalTime } from "../../model/certificate-renewal";
import { dayMs } from "../../model/time";

/** Returns the whole days until a certificate expires; negative once it has expired. */
export function daysLeft({ valid_to }: Pick<PeerCertificate, "valid_to">, now: Date): number {
  return Math.floor((Date.parse(valid_to) - now.getTime()) / dayMs);
}

/**
 * Describes an error in a certificate's validity: it is not valid now, or expires so soon that its renewal must have
 * failed. A node's alarm uses the same limit.
 */
export function lifetimeError(
  certificate: Pick<PeerCertificate, "valid_from" | "valid_to">,
  now: Date,
): string | undefined {
  const { valid_from, valid_to } = certificate;
  const [from, to] = [Date.parse(valid_from), Date.parse(valid_to)];
  if (from > now.getTime()) return `it is not valid before ${valid_from}`;
  const days = daysLeft(certificate, now);
  if (days < 0) return `it expired on ${valid_to}`;
  const { least } = renewalTime((to - from) / dayMs);
  if ((to - now.getTime()) / dayMs >= least) return undefined;
  return `it is valid for ${days} days more, fewer than ${Number(least.toFixed(1))}`;
}
