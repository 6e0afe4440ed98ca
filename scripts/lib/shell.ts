/** Quotes a word for a POSIX shell. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Renders lines for a POSIX shell that set these variables. Sets only the part of PATH that precedes `path`: under
 * `npm run` the rest is npm's, and the shell has its own.
 */
export function exportLines(environment: Readonly<Record<string, string>>, path = process.env["PATH"] ?? ""): string[] {
  return Object.entries(environment).map(([name, value]) =>
    name === "PATH" && value.endsWith(path)
      ? `export PATH=${quoted(value.slice(0, value.length - path.length))}"$PATH"`
      : `export ${name}=${quoted(value)}`,
  );
}
