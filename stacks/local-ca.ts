import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { CaIdentity } from "../model/ca-trust";
import { renewalTime } from "../model/certificate-renewal";
import { type NameConstraints, permits, requiredNames } from "../model/name-constraints";
import { dayMs } from "../model/time";
import { caFile, caFolder, formerCaFile } from "./ca-file";
import { readText } from "./read-file";

/** Lifetime of a new CA. It limits how long a stolen key is of use. */
const caDays = 365;

/** The local CA, as far as its certificate describes it. */
export interface LocalCa {
  readonly end: Date;
  /** @default it may sign for every name, and lives for ten years: version 0.1.0 created such CAs */
  readonly constraints?: NameConstraints;
}

/** Reads a CA's certificate. Undefined if there is none, or if it is unreadable. */
export function readCa(file = caFile): LocalCa | undefined {
  if (!existsSync(file)) return undefined;
  const pem = readText(file);
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

/** Returns what identifies a CA in the devices' lists of trusted CAs. Undefined if there is no readable CA. */
export function identifyCa(file: string): CaIdentity | undefined {
  if (!existsSync(file)) return undefined;
  const pem = readText(file);
  try {
    const { subject, fingerprint } = new X509Certificate(pem);
    return { commonName: subject.replace(/^CN=/, ""), fingerprint: fingerprint.replaceAll(":", "") };
  } catch {
    return undefined;
  }
}

/**
 * Explains why a CA must be replaced before it signs a certificate for these names. Undefined if it can sign for those
 * that clients need: the machine's host name may change with its network, and is not worth a new CA.
 */
export function replacementReason(ca: LocalCa, certificateNames: readonly string[], now: Date): string | undefined {
  if (isDue(ca.end, now)) return `it expires on ${toDate(ca.end)}`;
  const foreign = omittedNames(ca, requiredNames(certificateNames));
  return foreign.length > 0 ? `it may not sign for ${foreign.join(", ")}` : undefined;
}

/** Returns the names for which the CA may not sign. */
export function omittedNames(
  { constraints }: Pick<LocalCa, "constraints">,
  names: readonly string[],
): readonly string[] {
  return constraints ? names.filter((name) => !permits(constraints, name)) : [];
}

/** Reports whether a CA is due for renewal: 30 days before it expires. */
function isDue(caEnd: Date, now = new Date()): boolean {
  return (caEnd.getTime() - now.getTime()) / dayMs < renewalTime(caDays).due;
}

/**
 * Deletes the CA's key, and keeps its certificate as the former CA. The next certificate gets a new CA. Also deletes the
 * certificates' recorded end dates, so certificates are issued again.
 */
export function retireCa(): void {
  if (!existsSync(caFile)) return;
  renameSync(caFile, formerCaFile);
  const others = readdirSync(caFolder).map((name) => join(caFolder, name));
  for (const file of others) if (file !== formerCaFile) rmSync(file, { recursive: true });
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
