import { X509Certificate } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { renewalTime } from "../model/certificate-renewal";
import { type NameConstraints, permits } from "../model/name-constraints";
import { caFile, caFolder } from "./ca-file";
import { readText } from "./read-file";

const dayMs = 24 * 60 * 60 * 1000;

/** Lifetime of a new CA. It limits how long a stolen key is of use. */
const caDays = 365;

/** The local CA, as far as its certificate describes it. */
export interface LocalCa {
  readonly end: Date;
  /** @default it may sign for every name, and lives for ten years: version 0.1.0 created such CAs */
  readonly constraints?: NameConstraints;
}

/** Reads the CA's certificate. Undefined if there is none, or if it is unreadable. */
export function readCa(): LocalCa | undefined {
  if (!existsSync(caFile)) return undefined;
  const pem = readText(caFile);
  try {
    // Loaded lazily: an ASN.1 parser takes a tenth of a second, and a stack on AWS has no CA.
    const { readNameConstraints } =
      require("./name-constraints-extension") as typeof import("./name-constraints-extension");
    const certificate = new X509Certificate(pem);
    const constraints = readNameConstraints(certificate.raw);
    return { end: new Date(certificate.validTo), ...(constraints && { constraints }) };
  } catch {
    // The command that issues certificates reports the error, with a fix.
    return undefined;
  }
}

/** Explains why a CA must be replaced before it signs a certificate for these names. Undefined if it can sign. */
export function replacementReason(
  { end, constraints }: LocalCa,
  names: readonly string[],
  now: Date,
): string | undefined {
  if (isDue(end, now)) return `it expires on ${toDate(end)}`;
  const foreign = constraints ? names.filter((name) => !permits(constraints, name)) : [];
  return foreign.length > 0 ? `it may not sign for ${foreign.join(", ")}` : undefined;
}

/** Reports whether a CA is due for renewal: 30 days before it expires. */
export function isDue(caEnd: Date, now = new Date()): boolean {
  return (caEnd.getTime() - now.getTime()) / dayMs < renewalTime(caDays).due;
}

/** Deletes the CA and its key. The next certificate gets a new CA. */
export function removeCa(): void {
  rmSync(caFolder, { recursive: true, force: true });
}

/** Returns the expiry time of a CA that is created now. */
export function newCaEnd(now: Date): Date {
  return new Date(now.getTime() + caDays * dayMs);
}

/** Renders the date, `YYYY-MM-DD` in UTC. */
export function toDate(time: Date): string {
  return time.toISOString().slice(0, "YYYY-MM-DD".length);
}

/** Renders the time to the second, as certificates have it: `YYYY-MM-DDThh:mm:ssZ`. */
export function toSecond(time: Date): string {
  return `${time.toISOString().slice(0, "YYYY-MM-DDThh:mm:ss".length)}Z`;
}
