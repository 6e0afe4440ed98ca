import type { PeerCertificate } from "node:tls";

/** Below this a renewal that should have happened did not: it is due at 30. */
export const minimumDays = 21;

const dayMs = 24 * 60 * 60 * 1000;

/** Whole days that a certificate is valid for; negative once it is not. */
export function daysLeft({ valid_to }: Pick<PeerCertificate, "valid_to">, now: Date): number {
  return Math.floor((Date.parse(valid_to) - now.getTime()) / dayMs);
}

/** What is wrong with how long it is still valid. A certificate made for a few weeks has a third of them to be renewed in. */
export function lifetimeFault(
  certificate: Pick<PeerCertificate, "valid_from" | "valid_to">,
  now: Date,
): string | undefined {
  const { valid_from, valid_to } = certificate;
  if (Date.parse(valid_from) > now.getTime()) return `it is not valid before ${valid_from}`;
  const days = daysLeft(certificate, now);
  if (days < 0) return `it expired on ${valid_to}`;
  const lifetimeDays = (Date.parse(valid_to) - Date.parse(valid_from)) / dayMs;
  const least = Math.min(minimumDays, Math.floor(lifetimeDays / 3));
  return days < least ? `it is valid for ${days} days more, fewer than ${least}` : undefined;
}
