import { stripVTControlCharacters } from "node:util";

/** Control characters other than tab and newline, and Unicode's controls of the text direction (Trojan Source). */
const control = /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu;

/**
 * A line that GitHub's runner executes as a command, such as `::add-path::`. The runner ignores blanks before it and
 * characters without width within it: `ActionCommand.TryParseV2` of actions/runner compares by culture.
 */
const lineCommand = /^(?=(?:[^\S\n]|\p{DI})*:\p{DI}*:[a-z-]+(?: .*)?:\p{DI}*:)/gimu;
/** The start of the runner's older commands, such as `##[add-path]`, which it finds anywhere in a line. */
const inlineCommand = /#(?=\p{DI}*#\p{DI}*\[)/gu;

/**
 * Makes text safe to print: a terminal executes none of it, and neither does GitHub's runner. Removes escape sequences
 * and control characters, and puts a backslash into workflow commands. Text from a node, a room, a log or AWS can
 * contain both. `sanitize` of `request.sh` does the same in shell.
 */
export function sanitizeText(text: string): string {
  return stripVTControlCharacters(text).replace(control, "").replace(lineCommand, "\\").replace(inlineCommand, "#\\");
}

/** Renders JSON that is safe to print. Keeps every value: escapes what {@link sanitizeText} removes. */
export function sanitizedJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2)
    .replace(control, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replace(inlineCommand, "\\u0023");
}
