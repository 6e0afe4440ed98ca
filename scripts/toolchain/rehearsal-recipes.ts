import { join } from "node:path";
import { imageNameOnBase } from "../../images/catalog";
import { type Inputs, readInputs } from "../../images/inputs";
import { projectFolder } from "../../stacks/env";

/** Folder of the Dockerfiles of a rehearsal. */
export const simulatorImages = join(projectFolder, "packages/aws-simulator/images");

/**
 * Images of a rehearsal: the EC2 instance (`machine`), with container images too (`with-images`), with a node's
 * packages too (`prebaked`), and the AWS simulator.
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

/** Returns the paths of the image's own files for the build context. The build adds others. */
export function rehearsalContextFiles(kind: RehearsalKind): readonly string[] {
  return recipes[kind].filter((path) => path.startsWith(`${kind}/`)).map((path) => join(simulatorImages, path));
}
