import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Call } from "../../provider-kit/resource-type";
import type { CommandInputs } from "./inputs";

/** Output of a command, without the final newline. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one command line and waits until it ends.
 *
 * @param previous outputs of the previous run, which the command gets in its environment
 * @throws with the exit code and all output if the command fails, as the official plugin does
 */
export async function run(line: string, inputs: CommandInputs, previous: Output, call: Call): Promise<Output> {
  const [program = "/bin/sh", ...args] = inputs.interpreter?.length ? inputs.interpreter : ["/bin/sh", "-c"];
  const child = spawn(program, [...args, line], {
    cwd: inputs.dir,
    env: { ...process.env, ...inputs.environment, ...previousOutput(inputs, previous) },
    detached: true, // A separate process group, so that an interrupt also kills child processes.
  });
  const interrupt = () => child.pid && process.kill(-child.pid, "SIGKILL");
  call.signal.addEventListener("abort", interrupt);
  const written = collect(child, inputs.logging ?? "stdoutAndStderr", call);
  child.stdin.on("error", () => undefined); // The command may exit without reading its input.
  child.stdin.end(inputs.stdin ?? "");

  const failed = (how: string) => new Error(`${how}: running ${JSON.stringify(line)}:\n${written.all}`);
  const [code, signal] = await once(child, "close")
    .catch((error: Error) => Promise.reject(failed(error.message)))
    .finally(() => call.signal.removeEventListener("abort", interrupt));
  if (call.signal.aborted) throw failed("interrupted");
  if (code !== 0) throw failed(signal ? `signal: ${signal}` : `exit status ${code}`);
  return { stdout: withoutFinalLineEnd(written.stdout), stderr: withoutFinalLineEnd(written.stderr) };
}

function previousOutput(inputs: CommandInputs, { stdout, stderr }: Output): Record<string, string> {
  if (inputs.addPreviousOutputInEnv === false) return {};
  return {
    ...(stdout && { PULUMI_COMMAND_STDOUT: stdout }),
    ...(stderr && { PULUMI_COMMAND_STDERR: stderr }),
  };
}

/** Collects the child's output, and logs it line by line if `logging` enables it. */
function collect(child: { stdout: Readable; stderr: Readable }, logging: string, call: Call) {
  const written = { stdout: "", stderr: "", all: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (chunk: string) => {
      written[stream] += chunk;
      written.all += chunk;
    });
    const shown = logging === stream || logging === "stdoutAndStderr";
    if (shown) createInterface({ input: child[stream] }).on("line", call.log);
  }
  return written;
}

function withoutFinalLineEnd(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
