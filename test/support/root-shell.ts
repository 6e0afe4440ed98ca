import { execFile } from "node:child_process";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import type Dockerode from "dockerode";

/**
 * Runs a shell script that can see and signal every process of the Docker engine's machine. Root runs it directly.
 * Other users run it in a container, so access to the Docker engine is enough.
 * @param image any image with a shell
 * @throws Error with the script's output if it fails
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
      // Docker's AppArmor profile blocks access to processes outside the container.
      SecurityOpt: ["apparmor=unconfined"],
    },
  });
  // AutoRemove could delete the exit code before it is read.
  await container.remove();
  output.end();
  const all = (await printed).replaceAll("\r\n", "\n");
  if (StatusCode !== 0) throw new Error(`${script} ended with ${StatusCode}: ${all}`);
  return all;
}
