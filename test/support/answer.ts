import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** The result of a command. */
export interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  /** stdout and stderr combined. */
  readonly all: string;
}

/** Runs a command until it ends and returns its result, whatever the exit code. @param input written to stdin */
export async function ended(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd = process.cwd(),
  input = "",
): Promise<Answer> {
  try {
    const running = promisify(execFile)(program, [...args], { env, cwd, maxBuffer: 1e8 });
    running.child.stdin?.end(input);
    const { stdout, stderr } = await running;
    return { exitCode: 0, stdout, all: `${stderr}${stdout}` };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { exitCode: code, stdout, all: `${stderr}${stdout}` };
  }
}
