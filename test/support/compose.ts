import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ensureRehearsal } from "../../scripts/toolchain/rehearsal";
import { testMachine } from "./machine";
import { simulatorSuite } from "./simulator-suite";

const installed = spawnSync("docker", ["compose", "version"]).status === 0;

/** Path of the Compose plugin in Debian's package. */
const program = "/usr/libexec/docker/cli-plugins/docker-compose";

/** Declares a suite that runs `docker compose`. */
export const composeSuite: typeof simulatorSuite = installed ? (name, body) => describe(name, body) : simulatorSuite;

/**
 * Returns an environment in which `docker compose` works: the machine's plugin, or the Debian plugin from the node
 * image.
 * @param folder where to copy the plugin
 */
export async function composeEnvironment(folder: string): Promise<NodeJS.ProcessEnv> {
  if (installed) return process.env;
  const { prebakedImage } = await ensureRehearsal(testMachine, () => {});
  const plugins = join(folder, "cli-plugins");
  mkdirSync(plugins, { recursive: true });
  const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
  const container = docker("create", prebakedImage);
  try {
    docker("cp", `${container}:${program}`, plugins);
  } finally {
    docker("rm", container);
  }
  return { ...process.env, DOCKER_CONFIG: folder };
}
