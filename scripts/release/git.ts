import { spawnSync } from "node:child_process";
import { CommandFailure } from "../../model/errors/command-failure";

/** Runs git in a folder and returns its output. @throws CommandFailure */
export function git(folder: string, ...args: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync("git", args, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
  });
  if (error) throw error;
  if (status !== 0) throw new CommandFailure(["git", ...args].join(" "), stderr.trim());
  return stdout.trimEnd();
}
