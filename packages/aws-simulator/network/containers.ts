import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type Dockerode from "dockerode";

/** Output and exit code of a command. */
export interface Execution {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecuteOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command in a container and waits until it ends. */
export async function execute(
  container: Dockerode.Container,
  command: readonly string[],
  { env = {} }: ExecuteOptions = {},
): Promise<Execution> {
  const exec = await container.exec({
    Cmd: [...command],
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({});
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  container.modem.demuxStream(stream, stdout, stderr);
  const printed = Promise.all([text(stdout), text(stderr)]);
  const ended = new Promise<void>((resolve, reject) =>
    stream.on("end", resolve).on("close", resolve).on("error", reject),
  );
  await ended;
  stdout.end();
  stderr.end();
  const [out, error] = await printed;
  return { code: (await exec.inspect()).ExitCode ?? -1, stdout: out, stderr: error };
}

/** Runs a command like {@link execute} and returns its standard output. @throws the command's output if it fails */
export async function run(
  container: Dockerode.Container,
  command: readonly string[],
  options?: ExecuteOptions,
): Promise<string> {
  const { code, stdout, stderr } = await execute(container, command, options);
  if (code !== 0) throw new Error(`${command.join(" ")}: ${(stderr || stdout).trim() || `exit code ${code}`}`);
  return stdout;
}
