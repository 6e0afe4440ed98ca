import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What a command came to. */
export interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  /** Both output streams. */
  readonly all: string;
}

/** Runs a command to its end, whatever that is. @param input what it reads */
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
