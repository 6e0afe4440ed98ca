import { join } from "node:path";
import { imageNameOnBase } from "../../images/catalog";
import { type Inputs, readInputs } from "../../images/inputs";
import { projectFolder } from "../../stacks/env";

/** Folder with the Dockerfiles of a rehearsal's images. */
export const simulatorImages = join(projectFolder, "packages/aws-simulator/images");

/**
 * Images of a rehearsal. `machine` is the bare EC2 instance, `with-images` adds container images, `prebaked` adds a
 * node's packages too.
 */
export type RehearsalKind = "machine" | "with-images" | "prebaked" | "aws-simulator";

const recipes: Readonly<Record<RehearsalKind, readonly string[]>> = {
  machine: [
    ...["machine/Dockerfile", "machine/boot.sh", "machine/cloud.cfg", "machine/datasource.py"],
    ...["machine/reboot.conf", "machine/disk.conf", "machine/images.conf"],
  ],
  "with-images": ["with-images/Dockerfile"],
  prebaked: ["prebaked/Dockerfile"],
  "aws-simulator": ["aws-simulator/Dockerfile", "aws-simulator/requirements.txt", "pebble/go.mod", "pebble/go.sum"],
};

const below: Readonly<Record<RehearsalKind, readonly RehearsalKind[]>> = {
  machine: [],
  "with-images": ["machine"],
  prebaked: ["machine", "with-images"],
  "aws-simulator": [],
};

/** Returns the name of a rehearsal's image. @param more build inputs besides the files of its folder */
export function rehearsalImageName(kind: RehearsalKind, more: Inputs = {}): string {
  const files = [...below[kind], kind].flatMap((each) => recipes[each]);
  return imageNameOnBase(kind, { ...readInputs(simulatorImages, files), ...more });
}

/** Returns the paths of a recipe's own files for the build context. The build adds others, such as built programs. */
export function rehearsalContextFiles(kind: RehearsalKind): readonly string[] {
  return recipes[kind].filter((path) => path.startsWith(`${kind}/`)).map((path) => join(simulatorImages, path));
}
