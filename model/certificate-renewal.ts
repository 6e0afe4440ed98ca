/**
 * Per cent of the time for a renewal below which that has failed: 21 of the last 30 days of a certificate of 90 days, 10 of
 * the last 15 of one of 45.
 */
export const renewalPercent = 70;

/** As `templates/node/agent/certificate.py` has them, which renews. */
const renewalDays = 30;
const fewDays = 10;

/** How many days before its end a certificate is renewed; with fewer than `least` left it should have been. */
export function renewalTime(lifeDays: number): { readonly due: number; readonly least: number } {
  const due = Math.min(renewalDays, lifeDays / (lifeDays >= fewDays ? 3 : 2));
  return { due, least: (due * renewalPercent) / 100 };
}
