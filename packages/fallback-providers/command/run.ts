import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Call } from "../../provider-kit/resource-type";
import type { CommandInputs } from "./inputs";

/** What a command wrote, without the final line end. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one command line to its end.
 *
 * @param previous the outputs of the run before, which the command finds in its environment
 * @throws with the exit code and all output, as the official plugin does, when it fails
 */
export async function run(line: string, inputs: CommandInputs, previous: Output, call: Call): Promise<Output> {
  const [program = "/bin/sh", ...args] = inputs.interpreter?.length ? inputs.interpreter : ["/bin/sh", "-c"];
  const child = spawn(program, [...args, line], {
    cwd: inputs.dir,
    env: { ...process.env, ...inputs.environment, ...previousOutput(inputs, previous) },
    detached: true, // A process group of its own, so that an interrupt ends what the command started, too.
  });
  const interrupt = () => child.pid && process.kill(-child.pid, "SIGKILL");
  call.signal.addEventListener("abort", interrupt);
  const written = collect(child, inputs.logging ?? "stdoutAndStderr", call);
  child.stdin.on("error", () => undefined); // A command needn't read what it is given.
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

/** Gathers what the child writes, and shows it as it comes where `logging` says so. */
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
