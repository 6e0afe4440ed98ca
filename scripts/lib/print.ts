import { sanitizedJson, sanitizeText } from "../../model/sanitize";
import { splitAtColors } from "./terminal";

// Commands print with these functions alone, so that a terminal and a CI runner execute nothing of a remote text.
// Biome's rule noConsole and test/unit/print.test.ts reject other ways.

/** Prints a result to standard output. */
export function print(text: string): void {
  console.log(sanitizeText(text));
}

/** Prints a message to standard error. */
export function printError(text: string): void {
  console.error(sanitizeText(text));
}

/** Prints a result as JSON to standard output. */
export function printJson(value: unknown): void {
  console.log(sanitizedJson(value));
}

/** Prints a result with colors of `paint` to standard output. The caller sanitizes text that has no color. */
export function printColored(text: string): void {
  const parts = splitAtColors(text).map((part, i) => (i % 2 === 1 ? part : sanitizeText(part)));
  console.log(parts.join(""));
}

/** Prints text of this machine to standard output, unchanged, for a program that reads it. */
export function printExactly(text: string): void {
  process.stdout.write(text);
}
