import { lstatSync } from "node:fs";
import { quoted } from "../model/shell";

/** Renders the shell command that renames a file or folder to an unused name. */
export function moveAway(path: string, platform = process.platform): string {
  const target = freePath(`${path}.old`);
  // Works in cmd.exe and in PowerShell.
  return platform === "win32" ? `move "${path}" "${target}"` : `mv ${quoted(path)} ${quoted(target)}`;
}

/** Returns an unused path: this one, or with the first free number from 2 appended. A dangling link counts as used. */
export function freePath(path: string): string {
  let free = path;
  for (let number = 2; lstatSync(free, { throwIfNoEntry: false }) !== undefined; number++) free = `${path}${number}`;
  return free;
}
