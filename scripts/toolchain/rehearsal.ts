import { readFileSync } from "node:fs";
import type Dockerode from "dockerode";
import { awsKinds } from "../../model/images";
import { ensureAwsCli } from "./aws-cli";
import { buildPlugins, pluginSources, simulatorProviders } from "./build-plugins";
import { cached } from "./cache";
import { containerNetwork, ensureEngine } from "./docker";
import { ensureImages, type ImageSource } from "./images";
import { cannot, type Machine, type Progress } from "./machine";
import { ensurePlainImage, ensurePrebakedImage, ensureSimulatorImage, nodeContents } from "./rehearsal-images";

/** Everything that a rehearsal needs of its machine. */
export interface RehearsalTools {
  readonly docker: Dockerode;
  /** Folder with the `aws` command. */
  readonly awsFolder: string;
  /** Folder with the plugin that makes a simulated AWS. */
  readonly awsPluginPath: string;
  /** Image of what plays AWS. */
  readonly simulatorImage: string;
  /** Image of an instance as Debian publishes it, on which a node installs itself. */
  readonly machineImage: string;
  /** Image of an instance with a node's packages and the services' images in place. */
  readonly prebakedImage: string;
  /** Where the services' images are from. */
  readonly imageSource: ImageSource;
}

/** Why no rehearsal can be had here, undefined where one can. */
export function rehearsalObstacle(machine: Machine): string | undefined {
  if (machine.platform !== "linux") return "its clients enter networks of the engine's, which takes Linux";
  if (!machine.root) return "its clients enter networks of the engine's, which takes root";
  return undefined;
}

/** Sees to them: one or two minutes and 2 GB of disk the first time, a second from then on. */
export async function ensureRehearsal(machine: Machine, progress: Progress): Promise<RehearsalTools> {
  const obstacle = rehearsalObstacle(machine);
  if (obstacle) throw cannot("a rehearsal", obstacle, "Run this as root on a Linux machine");
  const { docker } = await ensureEngine(machine, progress);
  if ((await containerNetwork(docker, machine)) !== "host") {
    const rule = "the engine runs in a virtual machine or without root, whose networks can't be entered from here";
    throw cannot("a rehearsal", rule, "Choose an engine of this machine's own: docker context use default");
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

/** Never the official one, whatever is installed: a rehearsal must not reach a real account. */
async function ensureAwsPlugin(progress: Progress): Promise<string> {
  const inputs = Object.fromEntries(
    pluginSources(simulatorProviders).map((path) => [path, readFileSync(path, "utf8")]),
  );
  return cached("plugin-aws", inputs, (folder) => buildPlugins(folder, simulatorProviders), progress);
}
