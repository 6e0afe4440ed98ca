import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { renewalTime } from "../model/certificate-renewal";
import { readText } from "../stacks/read-file";
import { authorityFolder } from "./authority-file";
import { replaceFile } from "./replace-file";

/** Apple refuses leaf certificates of more than 825 days, private authorities included; theirs begin an hour early. */
const leafDays = 824;

const dayMs = 24 * 60 * 60 * 1000;

/**
 * The day (UTC, `YYYY-MM-DD`) on which a stack's certificate ends: that of the one in force, until it is due for renewal;
 * then, as before the first one, that of a new one.
 */
export function certificateEnd(stack: string, now = new Date()): string {
  const file = endFile(stack);
  const end = existsSync(file) ? readText(file).trim() : "";
  const days = (Date.parse(end) - now.getTime()) / dayMs;
  return days >= renewalTime(leafDays).due ? end : newEnd(now);
}

/** The last day of a certificate that is issued now. */
export function newEnd(now = new Date()): string {
  return new Date(now.getTime() + leafDays * dayMs).toISOString().slice(0, "YYYY-MM-DD".length);
}

/** Keeps the end of a certificate that was issued: the program can't read it in its state. */
export function rememberEnd(stack: string, end: string): void {
  mkdirSync(authorityFolder, { recursive: true, mode: 0o700 });
  replaceFile(endFile(stack), end);
}

/** Beside the authority: without it, its certificates are of no use. */
function endFile(stack: string): string {
  return join(authorityFolder, `${stack}.end`);
}
