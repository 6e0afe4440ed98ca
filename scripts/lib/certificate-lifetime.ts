import type { PeerCertificate } from "node:tls";
import { renewalTime } from "../../model/certificate-renewal";

const dayMs = 24 * 60 * 60 * 1000;

/** Whole days that a certificate is valid for; negative once it is not. */
export function daysLeft({ valid_to }: Pick<PeerCertificate, "valid_to">, now: Date): number {
  return Math.floor((Date.parse(valid_to) - now.getTime()) / dayMs);
}

/** What is wrong with how long it is still valid: it is not, or a node's alarm would say by now that renewals fail. */
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
