/**
 * Percentage of the renewal period that must be left. With less, renewal has failed: fewer than 21 of the last 30 days
 * of a 90-day certificate, or fewer than 10 of the last 15 days of a 45-day one.
 */
export const renewalPercent = 70;

/** The same values as in `agent/src/certificate.py`, which renews the certificate. */
const renewalDays = 30;
const fewDays = 10;

/**
 * Returns how many days before expiry a certificate is due for renewal (`due`). With fewer than `least` days left,
 * renewal has failed.
 */
export function renewalTime(lifeDays: number): { readonly due: number; readonly least: number } {
  const due = Math.min(renewalDays, lifeDays / (lifeDays >= fewDays ? 3 : 2));
  return { due, least: (due * renewalPercent) / 100 };
}
