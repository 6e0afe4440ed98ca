import { execFile } from "node:child_process";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import type Dockerode from "dockerode";

/**
 * Runs a shell script that sees and signals every process of the engine's machine. Root runs it directly; for anyone else
 * a container does: a user of the Docker engine needs no other privilege.
 * @param image any that has a shell
 * @throws Error with its output where it fails
 */
export async function rootShell(docker: Dockerode, image: string, script: string): Promise<string> {
  if (process.getuid?.() === 0) return (await promisify(execFile)("sh", ["-ec", script])).stdout;
  const output = new PassThrough();
  const printed = text(output);
  const [{ StatusCode }, container] = await docker.run(image, ["-ec", script], output, {
    Entrypoint: ["sh"],
    User: "0:0",
    Tty: true,
    HostConfig: {
      PidMode: "host",
      NetworkMode: "none",
      CapAdd: ["SYS_PTRACE", "KILL", "DAC_READ_SEARCH"],
      // Docker's profile keeps a container's processes from those outside it.
      SecurityOpt: ["apparmor=unconfined"],
    },
  });
  // Removed by hand: with AutoRemove its exit code may be gone before it is asked for.
  await container.remove();
  output.end();
  const all = (await printed).replaceAll("\r\n", "\n");
  if (StatusCode !== 0) throw new Error(`${script} ended with ${StatusCode}: ${all}`);
  return all;
}
