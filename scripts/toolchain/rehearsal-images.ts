import { createWriteStream } from "node:fs";
import { copyFile, cp } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type Dockerode from "dockerode";
import { builtImageName } from "../../images/catalog";
import { inputsKey, readInputs } from "../../images/inputs";
import { CommandFailure } from "../../model/errors/command-failure";
import { engineFailure } from "../../model/errors/engine-failure";
import { awsKinds, officialImageName } from "../../model/images";
import { cannot } from "../../model/user-error";
import { cached } from "../../stacks/cache";
import { issuerPackages, nodePackages } from "../../templates/node/system";
import { cachedGoTool } from "./go";
import { build, buildBase, once, withContext } from "./image-build";
import type { ImageSource } from "./images";
import { type Machine, type Progress, thisMachine } from "./machine";
import { NoPip, pipInstall } from "./pip";
import { rehearsalContextFiles, rehearsalImageName, simulatorImages } from "./rehearsal-recipes";

/** Python version of Debian 13, which the image runs. */
const pythonVersion = "3.13";

/** Builds the image that boots as an EC2 instance, like Debian's published one. Returns its name. */
export async function ensureMachineImage(
  docker: Dockerode,
  progress: Progress,
  machine: Machine = thisMachine,
): Promise<string> {
  const name = rehearsalImageName("machine");
  return once(docker, name, progress, async () => {
    const base = await buildBase(docker, progress, machine);
    progress("installing the packages of Debian's cloud image");
    await withContext("machine", rehearsalContextFiles("machine"), (context) =>
      build(docker, name, context, { BASE: base }, progress),
    );
  });
}

/** Packages and images that a node has when it boots. */
export interface NodeContents {
  readonly packages: readonly string[];
  /** Names of container images that this machine's Docker has. */
  readonly images: readonly string[];
}

/**
 * Lists everything that a node would install: its packages, and the services' images, either built locally or official.
 */
export function nodeContents(source: ImageSource): NodeContents {
  return {
    packages: [...nodePackages, ...issuerPackages],
    images: awsKinds.map(source === "build" ? builtImageName : officialImageName),
  };
}

/**
 * Builds the machine image on which a node installs everything at boot. If this machine builds the services' container
 * images, the machine image contains them: no registry has them, so the node could not pull them.
 */
export async function ensurePlainImage(
  docker: Dockerode,
  source: ImageSource,
  progress: Progress,
  machine: Machine = thisMachine,
): Promise<string> {
  if (source === "registry") return ensureMachineImage(docker, progress, machine);
  return ensureImageWithImages(docker, nodeContents(source).images, progress, machine);
}

/** Builds the prebaked machine image, with packages and container images: a node serves within seconds of its boot. */
export async function ensurePrebakedImage(
  docker: Dockerode,
  { packages, images }: NodeContents,
  progress: Progress,
  machine: Machine = thisMachine,
): Promise<string> {
  const PACKAGES = [...packages].sort().join(" ");
  const name = rehearsalImageName("prebaked", { PACKAGES, images: await keyOf(docker, images) });
  return once(docker, name, progress, async () => {
    const base = await ensureImageWithImages(docker, images, progress, machine);
    await withContext("prebaked", rehearsalContextFiles("prebaked"), (context) =>
      build(docker, name, context, { BASE: base, PACKAGES }, progress),
    );
  });
}

/** Builds the machine image with container images for its Docker. */
async function ensureImageWithImages(
  docker: Dockerode,
  images: readonly string[],
  progress: Progress,
  machine: Machine,
): Promise<string> {
  const name = rehearsalImageName("with-images", { images: await keyOf(docker, images) });
  return once(docker, name, progress, async () => {
    const base = await ensureMachineImage(docker, progress, machine);
    await withContext("with-images", rehearsalContextFiles("with-images"), async (context) => {
      progress("packing the container images");
      await saveImages(docker, images, join(context, "images.tar"));
      await build(docker, name, context, { BASE: base }, progress);
    });
  });
}

/** Returns a hash of the images' ids, because a rebuilt or newly pulled image may keep its name. */
async function keyOf(docker: Dockerode, images: readonly string[]): Promise<string> {
  const ids = images.map(async (image) => [image, (await docker.getImage(image).inspect()).Id] as const);
  return inputsKey(Object.fromEntries(await Promise.all(ids)));
}

/** Builds the image of the gateway, the AWS simulator and its certificate authority. */
export async function ensureSimulatorImage(
  docker: Dockerode,
  progress: Progress,
  machine: Machine = thisMachine,
): Promise<string> {
  const name = rehearsalImageName("aws-simulator");
  return once(docker, name, progress, async () => {
    const base = await buildBase(docker, progress, machine);
    const [simulator, pebble] = [
      await ensureAwsSimulator(docker, machine, progress),
      await ensurePebble(machine, progress),
    ];
    await withContext("aws-simulator", rehearsalContextFiles("aws-simulator"), async (context) => {
      await cp(simulator, join(context, "python"), { recursive: true });
      await copyFile(pebble, join(context, "pebble"));
      await build(docker, name, context, { BASE: base }, progress);
    });
  });
}

/** Returns a folder of Python packages: moto and its dependencies, for Debian 13's Python. */
export async function ensureAwsSimulator(docker: Dockerode, machine: Machine, progress: Progress): Promise<string> {
  const requirements = join(simulatorImages, "aws-simulator/requirements.txt");
  const { Architecture: architecture } = await docker.info();
  const platforms = ["manylinux2014", "manylinux_2_28"].flatMap((tag) => ["--platform", `${tag}_${architecture}`]);
  const options = ["--implementation", "cp", "--python-version", pythonVersion, ...platforms];
  const inputs = {
    ...readInputs(join(simulatorImages, "aws-simulator"), ["requirements.txt"]),
    pythonVersion,
    architecture,
  };
  return cached(
    "aws-simulator",
    inputs,
    async (target) => {
      progress("downloading moto, the AWS simulator, from PyPI (30 MB)");
      await pipInstall(target, requirements, machine, progress, options);
    },
    progress,
  ).catch((error: unknown) => {
    throw pipError("moto, the AWS simulator", error);
  });
}

/** Returns the path of Pebble, Let's Encrypt's ACME server for tests, built from our Go tool module and cached. */
export function ensurePebble(machine: Machine, progress: Progress): Promise<string> {
  const tool = { module: "pebble", package: "github.com/letsencrypt/pebble/v2/cmd/pebble" } as const;
  return cachedGoTool("pebble", tool, machine, progress, "building Pebble, the ACME server, from its Go module");
}

/** Describes a failure of pip, with the fix; returns other errors unchanged. */
function pipError(what: string, error: unknown): unknown {
  if (!(error instanceof CommandFailure) && !(error instanceof NoPip)) return error;
  const because =
    error instanceof NoPip ? error.message : `pip could not download the Python packages: ${error.output}`;
  return cannot(
    what,
    because,
    "Install Python 3 with pip and allow it to reach PyPI (`pip config list` shows its settings), then run this again",
  );
}

/** Writes images to a file, as `docker save` does. */
async function saveImages(docker: Dockerode, names: readonly string[], file: string): Promise<void> {
  const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    docker.modem.dial(
      {
        path: "/images/get?",
        method: "GET",
        options: { names },
        isStream: true,
        statusCodes: { 200: true, 404: "no such image" },
      },
      (error, data) => (error ? reject(error) : resolve(data as NodeJS.ReadableStream)),
    );
  }).catch((error: unknown) => {
    throw engineFailure(`docker save ${names.join(" ")}`, error, thisMachine);
  });
  await pipeline(stream, createWriteStream(file));
}
