import { join } from "node:path";
import { imageNames } from "../model/fleet";
import { allKinds, type BuiltKind, isBuilt, officialImageName, type ServiceKind } from "../model/images";
import type { Settings } from "../model/settings/schema";
import { type Inputs, inputsKey, readInputs } from "./inputs";

/** Folder of the Dockerfiles and Go tool modules. */
export const imagesFolder = __dirname;

export { serviceKinds } from "../model/images";

/** Services whose images this project can build. */
export const builtKinds = allKinds.filter(isBuilt);

/**
 * A repository without a registry: if such an image is missing, Docker can't pull an image that a stranger published.
 */
const repository = "localhost/livekit-stack";

/**
 * Images of a rehearsal: the EC2 instance (`machine`), with container images too (`with-images`), with a node's
 * packages too (`prebaked`), and the AWS simulator.
 */
export type RehearsalKind = "machine" | "with-images" | "prebaked" | "aws-simulator";

/** All images that this project builds. */
export type ImageKind = BuiltKind | RehearsalKind | "base";

const recipes: Readonly<Record<ImageKind, readonly string[]>> = {
  base: ["base/Dockerfile", "../scripts/toolchain/base-image.ts"],
  livekit: ["livekit/Dockerfile", "livekit/go.mod", "livekit/go.sum", "livekit/patches.json"],
  coturn: ["coturn/Dockerfile"],
  redis: ["redis/Dockerfile"],
  nginx: ["nginx/Dockerfile"],
  prometheus: ["prometheus/Dockerfile"],
  "node-exporter": ["node-exporter/Dockerfile"],
  "blackbox-exporter": ["blackbox-exporter/Dockerfile"],
  machine: [
    ...["machine/Dockerfile", "machine/boot.sh", "machine/cloud.cfg", "machine/datasource.py"],
    ...["machine/reboot.conf", "machine/disk.conf", "machine/images.conf"],
  ],
  "with-images": ["with-images/Dockerfile"],
  prebaked: ["prebaked/Dockerfile"],
  "aws-simulator": ["aws-simulator/Dockerfile", "aws-simulator/requirements.txt", "pebble/go.mod", "pebble/go.sum"],
};

const below: Readonly<Record<RehearsalKind, readonly ImageKind[]>> = {
  machine: ["base"],
  "with-images": ["base", "machine"],
  prebaked: ["base", "machine", "with-images"],
  "aws-simulator": ["base"],
};

/**
 * Returns the name of an image that this project builds: `localhost/livekit-stack/<kind>:<version>-<key of its
 * inputs>`. Only reads a few small files, so it is cheap enough for every preview.
 */
export function builtImageName(kind: BuiltKind): string {
  const inputs = { ...recipe("base"), ...recipe(kind) };
  return `${repository}/${kind}:${versionOf(kind, inputs)}-${inputsKey(inputs)}`;
}

/** Returns the name of the Debian base image of all other images. */
export function baseImageName(): string {
  return `${repository}/base:${inputsKey(recipe("base"))}`;
}

/** Returns the name of a rehearsal's image. @param more build inputs besides the files of this folder */
export function rehearsalImageName(kind: RehearsalKind, more: Inputs = {}): string {
  const inputs = [...below[kind], kind].map(recipe);
  return `${repository}/${kind}:${inputsKey(Object.assign({}, ...inputs, more))}`;
}

/** Returns the image's files for the build context, apart from files that the build adds. */
export function contextFiles(kind: ImageKind): readonly string[] {
  const own = recipes[kind].filter(
    (path) => path.startsWith(`${kind}/`) && !/go\.(mod|sum)$|patches\.json$/.test(path),
  );
  return own.map((path) => path.slice(kind.length + 1));
}

function recipe(kind: ImageKind): Inputs {
  const inputs = Object.entries(readInputs(imagesFolder, recipes[kind]));
  return Object.fromEntries(inputs.map(([path, content]) => [firstPath(path), firstPath(content)]));
}

/** The path that the first release had. An image's name follows from it, and another name replaces running containers. */
function firstPath(text: string): string {
  return text.replaceAll("scripts/toolchain/", "scripts/tools/");
}

/** Returns the version in the recipe: the module's in go.mod, or `ARG VERSION` in the Dockerfile. */
function versionOf(kind: BuiltKind, inputs: Inputs): string {
  const [file, pattern] =
    kind === "livekit"
      ? [`${kind}/go.mod`, /github\.com\/livekit\/livekit-server v(\S+)/]
      : [`${kind}/Dockerfile`, /^ARG VERSION=(\S+)$/m];
  const version = pattern.exec(inputs[file] ?? "")?.[1];
  if (version === undefined) throw new Error(`images/${file} states no version`);
  return version;
}

/** Returns the path of a file below images/. */
export function imagesPath(...names: string[]): string {
  return join(imagesFolder, ...names);
}

/** Returns the names of the images that a stack runs: the official ones or those built by this project. */
export function chosenImages(settings: Settings, source: "registry" | "build"): Readonly<Record<ServiceKind, string>> {
  return source === "build" ? imageNames(settings, nameHere) : imageNames(settings);
}

/** Returns the name of the built image, or the official name if this project can't build the image. */
function nameHere(kind: ServiceKind): string {
  return isBuilt(kind) ? builtImageName(kind) : officialImageName(kind);
}
