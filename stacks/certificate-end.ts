import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { renewalTime } from "../model/certificate-renewal";
import { dayMs } from "../model/time";
import { caFolder } from "./ca-file";
import { newCaEnd, readCa, replacementReason, toDate, toSecond } from "./local-ca";
import { readText } from "./read-file";
import { replaceFile } from "./replace-file";

/**
 * Apple rejects leaf certificates of more than 825 days, also from private CAs. Certificates here start an hour before
 * they are issued. This hour counts towards the limit.
 */
const leafDays = 824;

/** When a stack's certificate expires. A new value issues a new certificate. */
export interface CertificatePlan {
  /** Expiry time of the certificate (UTC): `YYYY-MM-DDThh:mm:ssZ`, or `YYYY-MM-DD` for a CA without constraints. */
  readonly end: string;
  /** Why the certificate needs a new CA. @default the CA stays, or there is none yet */
  readonly newCaReason?: string;
}

/**
 * Plans a stack's certificate for these names. The certificate expires with the CA: so each stack of
 * this folder gets a new certificate after another stack has replaced the CA.
 */
export function planCertificate(stack: string, certificateNames: readonly string[], now = new Date()): CertificatePlan {
  const ca = readCa();
  if (ca === undefined) return { end: toSecond(newCaEnd(now)) };
  const newCaReason = replacementReason(ca, certificateNames, now);
  if (newCaReason) return { end: toSecond(newCaEnd(now)), newCaReason };
  return { end: ca.constraints ? toSecond(ca.end) : endWithoutConstraints(stack, ca.end, now) };
}

/**
 * Returns the expiry date of a certificate whose CA lives for ten years: the current one until it is due for renewal,
 * then a new one.
 */
function endWithoutConstraints(stack: string, caEnd: Date, now: Date): string {
  const file = endFile(stack);
  const end = existsSync(file) ? readText(file).trim() : "";
  const days = (Date.parse(end) - now.getTime()) / dayMs;
  if (days >= renewalTime(leafDays).due) return end;
  return toDate(new Date(Math.min(now.getTime() + leafDays * dayMs, caEnd.getTime())));
}

/** Records the expiry date of an issued certificate in a file, because a Pulumi program can't read its own state. */
export function rememberEnd(stack: string, end: string): void {
  mkdirSync(caFolder, { recursive: true, mode: 0o700 });
  replaceFile(endFile(stack), end);
}

/**
 * Returns the file's path, which is in the CA's folder: deleting the CA also deletes the dates, so certificates are
 * issued again.
 */
function endFile(stack: string): string {
  return join(caFolder, `${stack}.end`);
}
