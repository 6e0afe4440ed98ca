import type Dockerode from "dockerode";
import { buildImage, follow, hasImage } from "../../images/build";
import { builtImageName, serviceKinds } from "../../images/catalog";
import { officialImageName } from "../../model/images";
import { engineFailure } from "./docker";
import type { Machine, Progress } from "./machine";

/** Official images, or those built from Debian packages and Go modules. */
export type ImageSource = "registry" | "build";

/** How long the image registry may take to answer the first pull. */
const registryAnswerSeconds = 10;

/**
 * Sees to the images of all services and says which source they are from: what the engine holds already, else the
 * official ones, else our builds. A source that the user chose is kept to.
 */
export async function ensureImages(
  docker: Dockerode,
  machine: Machine,
  progress: Progress,
  chosen?: ImageSource,
): Promise<ImageSource> {
  const source = chosen ?? (await sourceAtHand(docker));
  if (source === "build") return buildAll(docker, machine, progress);
  const failure = await pullAll(docker, progress);
  if (failure === undefined) return "registry";
  if (source === "registry") throw engineFailure("docker pull", failure, machine);
  progress(`the official images can't be pulled (${failure.message}): building our own`);
  return buildAll(docker, machine, progress);
}

/** The source whose images the engine holds in full, undefined when there is none. */
async function sourceAtHand(docker: Dockerode): Promise<ImageSource | undefined> {
  const holds = async (name: (kind: (typeof serviceKinds)[number]) => string) =>
    (await Promise.all(serviceKinds.map((kind) => hasImage(docker, name(kind))))).every(Boolean);
  const [official, built] = await Promise.all([holds(officialImageName), holds(builtImageName)]);
  if (official) return "registry";
  return built ? "build" : undefined;
}

/** Builds what is missing. livekit-server's Go build goes on beside the package installs of the other images. */
async function buildAll(docker: Dockerode, machine: Machine, progress: Progress): Promise<ImageSource> {
  const build = (kind: (typeof serviceKinds)[number]) =>
    buildImage(kind, docker, (line) => progress(`${kind}: ${line}`), machine);
  const fromPackages = async () => {
    for (const kind of serviceKinds.filter((kind) => kind !== "livekit")) await build(kind);
  };
  await Promise.all([build("livekit"), fromPackages()]);
  return "build";
}

async function pullAll(docker: Dockerode, progress: Progress): Promise<Error | undefined> {
  try {
    for (const name of serviceKinds.map(officialImageName))
      if (!(await hasImage(docker, name))) await pull(docker, name, progress);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

async function pull(docker: Dockerode, name: string, progress: Progress): Promise<void> {
  progress(`pulling ${name}`);
  const silence = new AbortController();
  const timer = setTimeout(
    () => silence.abort(new Error(`no answer within ${registryAnswerSeconds} s`)),
    registryAnswerSeconds * 1000,
  );
  const stream = await docker.pull(name, { abortSignal: silence.signal }).finally(() => clearTimeout(timer));
  await follow(docker, stream, progress);
}
