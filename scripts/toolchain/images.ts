import type Dockerode from "dockerode";
import { builtImageName, serviceKinds } from "../../images/catalog";
import { engineFailure } from "../../model/errors/engine-failure";
import { type BuiltKind, isBuilt, officialImageName, type ServiceKind } from "../../model/images";
import { buildImage, follow, hasImage } from "./image-build";
import type { Machine, Progress } from "./machine";

/** Official images, or images that are built from Debian packages and Go modules. */
export type ImageSource = "registry" | "build";

/** Time limit for the image registry's first answer to a pull. */
const registryAnswerSeconds = 10;

/** Images to provide, and their source. */
export interface WantedImages {
  /** Source that the user chose. @default the source of existing images, else the registry, else a build */
  readonly source?: ImageSource;
  /** Services whose images to provide. Leaves out services whose image the user has chosen. @default all */
  readonly kinds?: readonly ServiceKind[];
}

/** Pulls or builds the services' images, and returns their source. A build skips images that can't be built. */
export async function ensureImages(
  docker: Dockerode,
  machine: Machine,
  progress: Progress,
  { source: chosen, kinds = serviceKinds }: WantedImages = {},
): Promise<ImageSource> {
  const source = chosen ?? (await sourceAtHand(docker, kinds));
  if (source === "build") return buildAll(kinds.filter(isBuilt), docker, machine, progress);
  const failure = await pullAll(kinds, docker, progress);
  if (failure === undefined) return "registry";
  if (source === "registry") throw engineFailure("docker pull", failure, machine);
  progress(`the official images can't be pulled (${failure.message}): building our own`);
  return buildAll(kinds.filter(isBuilt), docker, machine, progress);
}

/** Returns the source from which Docker already has all images; undefined if there is none. */
async function sourceAtHand(docker: Dockerode, kinds: readonly ServiceKind[]): Promise<ImageSource | undefined> {
  const holds = async (names: readonly string[]) =>
    (await Promise.all(names.map((name) => hasImage(docker, name)))).every(Boolean);
  const [official, built] = await Promise.all([
    holds(kinds.map(officialImageName)),
    holds(kinds.filter(isBuilt).map(builtImageName)),
  ]);
  if (official) return "registry";
  return built ? "build" : undefined;
}

/** Builds the missing images. livekit-server's Go build runs while the other images install their packages. */
async function buildAll(
  kinds: readonly BuiltKind[],
  docker: Dockerode,
  machine: Machine,
  progress: Progress,
): Promise<ImageSource> {
  const build = (kind: BuiltKind) =>
    buildImage(kind, docker, (line, from) => progress(`${kind}: ${line}`, from), machine);
  const inTurn = async (some: readonly BuiltKind[]) => {
    for (const kind of some) await build(kind);
  };
  const compiled = (kind: BuiltKind) => kind === "livekit";
  await Promise.all([inTurn(kinds.filter(compiled)), inTurn(kinds.filter((kind) => !compiled(kind)))]);
  return "build";
}

async function pullAll(
  kinds: readonly ServiceKind[],
  docker: Dockerode,
  progress: Progress,
): Promise<Error | undefined> {
  try {
    for (const name of kinds.map(officialImageName))
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
    () => silence.abort(new Error(`the registry did not answer within ${registryAnswerSeconds} s`)),
    registryAnswerSeconds * 1000,
  );
  const stream = await docker.pull(name, { abortSignal: silence.signal }).finally(() => clearTimeout(timer));
  await follow(docker, stream, progress);
}
