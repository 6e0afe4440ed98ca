import { quoted } from "../../model/shell";

/**
 * Renders lines for a POSIX shell that set these variables. If PATH ends with `path`, sets only the part before `path`:
 * under `npm run`, `path` includes npm's folders, and the user's shell already has its own PATH.
 */
export function exportLines(environment: Readonly<Record<string, string>>, path = process.env["PATH"] ?? ""): string[] {
  return Object.entries(environment).map(([name, value]) =>
    name === "PATH" && value.endsWith(path)
      ? `export PATH=${quoted(value.slice(0, value.length - path.length))}"$PATH"`
      : `export ${name}=${quoted(value)}`,
  );
}
