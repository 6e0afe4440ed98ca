import { join } from "node:path";
import { imageNames } from "../model/fleet";
import { allKinds, type BuiltKind, isBuilt, officialImageName, type ServiceKind } from "../model/images";
import type { Settings } from "../model/settings/schema";
import { type Inputs, inputsKey, readInputs } from "./inputs";

/** The folder of the Dockerfiles and Go tool modules. */
export const imagesFolder = __dirname;

export { serviceKinds } from "../model/images";

/** Services whose images can be built here. */
export const builtKinds = allKinds.filter(isBuilt);

/** Of no registry: where such an image is gone, none that a stranger has published is pulled in its place. */
const repository = "localhost/livekit-stack";

/** Images of a rehearsal: what boots as an EC2 instance, with container images, with a node's packages too; what plays AWS. */
export type RehearsalKind = "machine" | "with-images" | "prebaked" | "aws-simulator";

/** Everything that is built here. */
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
 * The name of the image that this project builds: `localhost/livekit-stack/<kind>:<version>-<key of its inputs>`. Reads a few
 * small files and nothing else, so that every preview can call it.
 */
export function builtImageName(kind: BuiltKind): string {
  const inputs = { ...recipe("base"), ...recipe(kind) };
  return `${repository}/${kind}:${versionOf(kind, inputs)}-${inputsKey(inputs)}`;
}

/** The name of the Debian image below all others. */
export function baseImageName(): string {
  return `${repository}/base:${inputsKey(recipe("base"))}`;
}

/** The name of an image of a rehearsal; `more` is what else makes it, beside files of this folder. */
export function rehearsalImageName(kind: RehearsalKind, more: Inputs = {}): string {
  const inputs = [...below[kind], kind].map(recipe);
  return `${repository}/${kind}:${inputsKey(Object.assign({}, ...inputs, more))}`;
}

/** Files that a build of the image reads beside what is put with them. */
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

/** The version that the recipe itself states: the module's in go.mod, `ARG VERSION` in a Dockerfile. */
function versionOf(kind: BuiltKind, inputs: Inputs): string {
  const [file, pattern] =
    kind === "livekit"
      ? [`${kind}/go.mod`, /github\.com\/livekit\/livekit-server v(\S+)/]
      : [`${kind}/Dockerfile`, /^ARG VERSION=(\S+)$/m];
  const version = pattern.exec(inputs[file] ?? "")?.[1];
  if (version === undefined) throw new Error(`images/${file} states no version`);
  return version;
}

/** Path of a file below images/. */
export function imagesPath(...names: string[]): string {
  return join(imagesFolder, ...names);
}

/** Names of the images that a stack runs: the official ones, or those built here. */
export function chosenImages(settings: Settings, source: "registry" | "build"): Readonly<Record<ServiceKind, string>> {
  return source === "build" ? imageNames(settings, nameHere) : imageNames(settings);
}

/** What can't be built is pulled by its official name, where anything runs it. */
function nameHere(kind: ServiceKind): string {
  return isBuilt(kind) ? builtImageName(kind) : officialImageName(kind);
}
