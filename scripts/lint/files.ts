import { readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import type { Machine } from "../toolchain/machine";

/**
 * Lists the Python and shell files of a Git work tree, also those that are not committed yet.
 * @throws CommandFailure
 */
export async function listScripts(project: string, machine: Machine): Promise<string[]> {
  // CI may run this as root in another user's work tree, which git would reject.
  const args = ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const files = (await machine.run("git", args, { cwd: project })).split("\0");
  return files
    .filter((file) => file !== "" && statSync(join(project, file), { throwIfNoEntry: false })?.isFile())
    .filter((file) => isPython(file) || isShell(join(project, file)));
}

export function isPython(path: string): boolean {
  return extname(path) === ".py";
}

/**
 * Reports whether a file is a shell script, by its extension. If the file has no extension, reads its first line
 * (`#!`).
 */
function isShell(path: string): boolean {
  return extname(path) === ".sh" || (extname(path) === "" && hasShebang(path));
}

/** Reports whether the first line of a file is `#!` with a shell. */
export function hasShebang(path: string): boolean {
  return /^#!.*sh\b/.test(readFileSync(path, "utf8"));
}
