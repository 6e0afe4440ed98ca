import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { renewalTime } from "../model/certificate-renewal";
import { caFolder } from "./ca-file";
import { readText } from "./read-file";
import { replaceFile } from "./replace-file";

/**
 * Apple rejects leaf certificates of more than 825 days, also from private CAs. Certificates here start an hour before
 * they are issued. This hour counts towards the limit.
 */
const leafDays = 824;

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Returns the expiry date (UTC, `YYYY-MM-DD`) of a stack's certificate: the current one until it is due for renewal,
 * then a new one.
 */
export function certificateEnd(stack: string, now = new Date()): string {
  const file = endFile(stack);
  const end = existsSync(file) ? readText(file).trim() : "";
  const days = (Date.parse(end) - now.getTime()) / dayMs;
  return days >= renewalTime(leafDays).due ? end : newEnd(now);
}

/** Returns the expiry date of a certificate that is issued now. */
export function newEnd(now = new Date()): string {
  return new Date(now.getTime() + leafDays * dayMs).toISOString().slice(0, "YYYY-MM-DD".length);
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
