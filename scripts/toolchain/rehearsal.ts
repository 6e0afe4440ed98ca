import { readFileSync } from "node:fs";
import type Dockerode from "dockerode";
import { awsKinds } from "../../model/images";
import { cannot } from "../../model/user-error";
import { cached } from "../../stacks/cache";
import { ensureAwsCli } from "./aws-cli";
import { buildPlugins, pluginSources, simulatorProviders } from "./build-plugins";
import { containerNetwork, ensureEngine } from "./docker";
import { ensureImages, type ImageSource } from "./images";
import type { Machine, Progress } from "./machine";
import { ensurePlainImage, ensurePrebakedImage, ensureSimulatorImage, nodeContents } from "./rehearsal-images";

/** Everything that a rehearsal needs on its machine. */
export interface RehearsalTools {
  readonly docker: Dockerode;
  /** Folder with the `aws` command. */
  readonly awsFolder: string;
  /** Folder with the AWS provider plugin that works only with the simulated AWS. */
  readonly awsPluginPath: string;
  /** Image of the AWS simulator. */
  readonly simulatorImage: string;
  /** Image of an instance like Debian's published one, on which a node installs itself. */
  readonly machineImage: string;
  /** Prebaked image of an instance, with a node's packages and the services' images. */
  readonly prebakedImage: string;
  /** Source of the services' images. */
  readonly imageSource: ImageSource;
}

/** Returns the reason why this machine can't run a rehearsal; undefined if it can. */
export function rehearsalObstacle(machine: Machine): string | undefined {
  if (machine.platform !== "linux") return "its clients enter the engine's networks, which requires Linux";
  if (!machine.root) return "its clients enter the engine's networks, which requires root";
  return undefined;
}

/**
 * Finds or installs everything that a rehearsal needs. The first call takes one or two minutes and 2 GB of disk; later
 * calls take one second.
 */
export async function ensureRehearsal(machine: Machine, progress: Progress): Promise<RehearsalTools> {
  const obstacle = rehearsalObstacle(machine);
  if (obstacle) throw cannot("a rehearsal", obstacle, "Run this as root on a Linux machine");
  const { docker } = await ensureEngine(machine, progress);
  if ((await containerNetwork(docker, machine)) !== "host") {
    const rule = "the engine runs in a virtual machine or without root, and its networks can't be entered from here";
    throw cannot("a rehearsal", rule, "Choose an engine on this machine: docker context use default");
  }
  const imageSource = await ensureImages(docker, machine, progress, { kinds: awsKinds });
  return {
    docker,
    awsFolder: await ensureAwsCli(machine, progress),
    awsPluginPath: await ensureAwsPlugin(progress),
    simulatorImage: await ensureSimulatorImage(docker, progress, machine),
    machineImage: await ensurePlainImage(docker, imageSource, progress, machine),
    prebakedImage: await ensurePrebakedImage(docker, nodeContents(imageSource), progress, machine),
    imageSource,
  };
}

/** Builds the simulator's AWS provider. Never uses the official one: a rehearsal must not reach a real account. */
async function ensureAwsPlugin(progress: Progress): Promise<string> {
  const inputs = Object.fromEntries(
    pluginSources(simulatorProviders).map((path) => [path, readFileSync(path, "utf8")]),
  );
  return cached("plugin-aws", inputs, (folder) => buildPlugins(folder, simulatorProviders), progress);
}
