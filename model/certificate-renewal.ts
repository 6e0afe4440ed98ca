/**
 * Percentage of the renewal period that must be left after a renewal is due. If less is left, renewal has failed. A
 * 90-day certificate is due 30 days before expiry, so at least 21 days must be left. A 45-day certificate is due 15
 * days before expiry, so at least 10.5 days must be left.
 */
export const renewalPercent = 70;

/**
 * Renewal is due `days` before expiry, but not before the last third (`divisor`) of the lifetime. If the lifetime is
 * shorter than `fewDays`, renewal is due in its last half (`fewDaysDivisor`). certbot 4 uses the same rule, and Let's
 * Encrypt requests it for lifetimes of 45 days and of 6. Bundles carry these values to the node's agent, which renews
 * the certificate.
 */
export const renewalRule = { days: 30, fewDays: 10, divisor: 3, fewDaysDivisor: 2 } as const;

/**
 * Returns how many days before expiry a certificate is due for renewal (`due`). With fewer than `least` days left,
 * renewal has failed.
 */
export function renewalTime(lifeDays: number): { readonly due: number; readonly least: number } {
  const { days, fewDays, divisor, fewDaysDivisor } = renewalRule;
  const due = Math.min(days, lifeDays / (lifeDays >= fewDays ? divisor : fewDaysDivisor));
  return { due, least: (due * renewalPercent) / 100 };
}
