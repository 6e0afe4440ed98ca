import { join } from "node:path";
import { imageNames } from "../model/fleet";
import { allKinds, type BuiltKind, isBuilt, officialImageName, type ServiceKind } from "../model/images";
import type { Settings } from "../model/settings/schema";
import { type Inputs, inputsKey, readInputs } from "./inputs";

export { serviceKinds } from "../model/images";

/** Services whose images this project can build. */
export const builtKinds = allKinds.filter(isBuilt);

/**
 * Repository of built images. No registry serves this repository. So if a built image is missing, Docker can't pull
 * another image with the same name.
 */
const repository = "localhost/livekit-stack";

const recipes: Readonly<Record<BuiltKind | "base", readonly string[]>> = {
  base: ["base/Dockerfile", "../scripts/toolchain/base-image.ts"],
  livekit: ["livekit/Dockerfile", "livekit/go.mod", "livekit/go.sum", "livekit/patches.json"],
  coturn: ["coturn/Dockerfile"],
  redis: ["redis/Dockerfile"],
  nginx: ["nginx/Dockerfile"],
  prometheus: ["prometheus/Dockerfile"],
  "node-exporter": ["node-exporter/Dockerfile"],
  "blackbox-exporter": ["blackbox-exporter/Dockerfile"],
};

/**
 * Returns the name of an image that this project builds: `localhost/livekit-stack/<kind>:<version>-<key of its
 * inputs>`. Reads only a few small files, so it does not slow down previews.
 */
export function builtImageName(kind: BuiltKind): string {
  const inputs = recipe(kind);
  return `${repository}/${kind}:${versionOf(kind, inputs)}-${inputsKey({ ...recipe("base"), ...inputs })}`;
}

/** Returns the name of the Debian base image of all other images. */
export function baseImageName(): string {
  return imageNameOnBase("base", {});
}

/** Returns the name of an image on the base image, `localhost/livekit-stack/<kind>:<key of its inputs>`. */
export function imageNameOnBase(kind: string, inputs: Inputs): string {
  return `${repository}/${kind}:${inputsKey({ ...recipe("base"), ...inputs })}`;
}

/** Returns the paths of the recipe's files for the build context. The build adds programs, such as livekit-server. */
export function contextFiles(kind: BuiltKind | "base"): readonly string[] {
  const own = recipes[kind].filter(
    (path) => path.startsWith(`${kind}/`) && !/go\.(mod|sum)$|patches\.json$/.test(path),
  );
  return own.map((path) => join(__dirname, path));
}

function recipe(kind: BuiltKind | "base"): Inputs {
  const inputs = Object.entries(readInputs(__dirname, recipes[kind]));
  return Object.fromEntries(inputs.map(([path, content]) => [firstPath(path), firstPath(content)]));
}

/** Restores paths of the first release: image names are derived from them, and a new name would replace containers. */
function firstPath(text: string): string {
  return text.replaceAll("scripts/toolchain/", "scripts/tools/");
}

/** Returns the version in the recipe: the Go module's in go.mod, or `ARG VERSION` in the Dockerfile. */
function versionOf(kind: BuiltKind, inputs: Inputs): string {
  const [file, pattern] =
    kind === "livekit"
      ? [`${kind}/go.mod`, /github\.com\/livekit\/livekit-server v(\S+)/]
      : [`${kind}/Dockerfile`, /^ARG VERSION=(\S+)$/m];
  const version = pattern.exec(inputs[file] ?? "")?.[1];
  if (version === undefined) throw new Error(`images/${file} must state the version`);
  return version;
}

/** Returns the names of the images that a stack runs: the official ones or those built by this project. */
export function chosenImages(settings: Settings, source: "registry" | "build"): Readonly<Record<ServiceKind, string>> {
  return source === "build" ? imageNames(settings, nameHere) : imageNames(settings);
}

/** Returns the name of the image that this machine builds, or the official name if this project can't build it. */
function nameHere(kind: ServiceKind): string {
  return isBuilt(kind) ? builtImageName(kind) : officialImageName(kind);
}
