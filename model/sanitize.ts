/**
 * Escape sequences of a terminal: CSI, which moves and colors, and OSC, which sets titles and the clipboard. `util`'s
 * `stripVTControlCharacters` needs half a minute for 80 KB of `;?`.
 */
const escapeSequence =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)/g;

/** Control characters other than tab and newline, and Unicode's controls of the text direction (Trojan Source). */
const control = /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu;

/**
 * A line that GitHub's runner executes as a command, such as `::add-path::`. The runner ignores blanks before it and
 * characters without width within it: `ActionCommand.TryParseV2` of actions/runner compares by culture. Only a newline
 * ends a line, so that each line is searched once: `^` also matches after U+2028.
 */
const lineCommand = /(?<![^\n])(?=(?:(?!\n)[\s\p{DI}])*:\p{DI}*:[a-z-]+(?: [^\n]*)?:\p{DI}*:)/giu;
/** The start of the runner's older commands, such as `##[add-path]`, which it finds anywhere in a line. */
const inlineCommand = /#(?=\p{DI}*#\p{DI}*\[)/gu;

/**
 * Makes text safe to print: a terminal executes none of it, and neither does GitHub's runner. Removes escape sequences
 * and control characters, and puts a backslash into workflow commands. Text from a node, a room, a log or AWS can
 * contain both. Takes time in proportion to the text's length. `sanitize` of `request.sh` does the same in shell.
 */
export function sanitizeText(text: string): string {
  return text.replace(escapeSequence, "").replace(control, "").replace(lineCommand, "\\").replace(inlineCommand, "#\\");
}

/** Renders JSON that is safe to print. Keeps every value: escapes what {@link sanitizeText} removes. */
export function sanitizedJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2)
    .replace(control, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replace(inlineCommand, "\\u0023");
}
