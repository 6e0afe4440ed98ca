import type Dockerode from "dockerode";
import { ensureAwsCli } from "./aws-cli";
import { ensureEngine } from "./docker";
import { ensureImages } from "./images";
import type { Machine, Progress } from "./machine";
import { ensureBakedImage, ensureCloudImage, ensureMachineImage, nodeContents } from "./rehearsal-images";

/** Everything that a rehearsal needs of its machine. */
export interface RehearsalTools {
  readonly docker: Dockerode;
  /** Folder with the `aws` command. */
  readonly awsFolder: string;
  /** Image of what plays AWS. */
  readonly cloudImage: string;
  /** Image of an instance as Debian publishes it. */
  readonly machineImage: string;
  /** Image of an instance with a node's packages and the services' images in place. */
  readonly bakedImage: string;
  /** The services' images. */
  readonly serviceImages: readonly string[];
}

/** Sees to them: some four minutes and 3 GB of disk the first time, a second from then on. */
export async function ensureRehearsal(machine: Machine, progress: Progress): Promise<RehearsalTools> {
  const { docker } = await ensureEngine(machine, progress);
  const contents = nodeContents(await ensureImages(docker, machine, progress));
  return {
    docker,
    awsFolder: await ensureAwsCli(machine, progress),
    cloudImage: await ensureCloudImage(docker, progress, machine),
    machineImage: await ensureMachineImage(docker, progress, machine),
    bakedImage: await ensureBakedImage(docker, contents, progress, machine),
    serviceImages: contents.images,
  };
}
