import { type ConfigError, throwIfAny } from "../user-error";

/** Values of a `.env` file by name. If several lines have the same name, the last line wins. */
export type EnvValues = Readonly<Record<string, string>>;

type EnvLine = { readonly name: string; readonly value: string };
type LineError = Pick<ConfigError, "rule" | "fix">;

const unquotedHash: LineError = {
  rule: "the line has an unquoted #, which some programs read as the start of a comment and others as part of the value",
  fix: "Quote the value, as in NAME='value', or move the comment to a line of its own",
};
const unknownForm: LineError = {
  rule: "the line must be NAME=value, with a quoted value on one line",
  fix: "Correct or remove this line",
};

/**
 * Matches `NAME=value` or `export NAME=value`. A value needs quotes if it contains `#`, starts with a quote or ends
 * with a blank. dotenv reads every accepted line in the same way (a test compares them).
 */
const assignment = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*(?:'([^']*)'|"([^"]*)"|`([^`]*)`|((?!['"`])[^#]*?))\s*$/;

/**
 * Parses the text of a `.env` file. No other code parses this format.
 * @param path file name for errors, which never contain values
 * @throws {UserError} with the number of each invalid line, or if the file is not UTF-8
 */
export function parseEnv(content: Uint8Array, path: string): EnvValues {
  const lines = envLines(content, path).map(readLine);
  throwIfAny(lines.flatMap((line, i) => (line && "rule" in line ? [{ key: `${path} line ${i + 1}`, ...line }] : [])));
  return Object.fromEntries(lines.flatMap((line) => (line && "name" in line ? [[line.name, line.value]] : [])));
}

/**
 * Returns the text with new values. Removes the lines of undefined values, and keeps every other line as it is.
 * @throws {UserError} in the same cases as {@link parseEnv}
 */
export function changeEnv(
  content: Uint8Array,
  path: string,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  parseEnv(content, path);
  const kept = envLines(content, path).filter((text) => {
    const line = readLine(text);
    return line === undefined || !("name" in line) || !Object.hasOwn(changes, line.name);
  });
  while (kept.at(-1) === "") kept.pop();
  const set = Object.entries(changes).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${quoteValue(name, value, path)}`],
  );
  return `${[...kept, ...set].join("\n")}\n`;
}

/** Splits the file into lines. The decoder also removes the byte order mark that Windows editors write. */
function envLines(content: Uint8Array, path: string): string[] {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content).split(/\r\n?|\n/);
  } catch {
    const fix = "Save the file as UTF-8 (PowerShell 5 writes UTF-16 with > and Out-File without -Encoding)";
    return throwIfAny([{ key: path, rule: "the file must be UTF-8 text", fix }]) as never;
  }
}

/** Parses one line. Undefined for a blank line or a comment. */
function readLine(text: string): EnvLine | LineError | undefined {
  if (/^\s*(#|$)/.test(text)) return undefined;
  const match = assignment.exec(text);
  if (match === null) return /=.*#/.test(text) ? unquotedHash : unknownForm;
  const [, name = "", single, double, backtick, plain = ""] = match;
  return { name, value: single ?? double?.replace(/\\n/g, "\n").replace(/\\r/g, "\r") ?? backtick ?? plain };
}

/**
 * Quotes a value if necessary. Values of letters, digits and a few signs stay unquoted, for programs that don't support
 * quotes.
 */
function quoteValue(name: string, value: string, path: string): string {
  if (/^[\w./:@%+,-]*$/.test(value)) return value;
  const quote = ["'", "`"].find((mark) => !value.includes(mark));
  if (quote && !/[\r\n]/.test(value)) return `${quote}${value}${quote}`;
  const fix = `Choose another value for ${name}`;
  return throwIfAny([
    { key: `${path} ${name}`, rule: "the value must not contain a line break, or both ' and `", fix },
  ]) as never;
}
