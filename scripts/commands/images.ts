import { Option } from "commander";
import type Dockerode from "dockerode";
import { chosenImages } from "../../images/catalog";
import { imageNames, imageSource, runningKinds } from "../../model/fleet";
import { throwIfAny } from "../../model/user-error";
import { readEnv } from "../../stacks/env";
import { findHost } from "../../stacks/host";
import { replaceFile } from "../../stacks/replace-file";
import { type ImageReport, inventory } from "../images/inventory";
import { findOutdated, type OutdatedImage } from "../images/outdated";
import { askDigests, pinImages } from "../images/pins";
import { command, exitCodes, npm, runMain } from "../lib/cli";
import { placeholderSecrets, planFromFile } from "../lib/load-stack";
import { print, printError, printJson } from "../lib/print";
import { readStackFile } from "../lib/stack-file";
import { textTable } from "../lib/table";
import { findEngine } from "../toolchain/docker";

const help = `
--write reads the digest of each image's tag from its registry, and sets livekit:images to name:tag@sha256:... in the stack's
file. Then a tag that moves no longer changes the stack. Run it again to update the digests.

--outdated queries each registry for the newest release with a tag of the same form. Images that are built here are as new
as Debian's packages and livekit-server's Go module.

Exit code: 0 listed or written, or nothing is outdated; 1 failed (such as an unreachable registry), or an image is outdated;
2 wrong usage.`;

runMain(async () => {
  const { stack, json, write, outdated } = command("images")
    .description("Lists each service's image, or pins it by digest.")
    .option("--stack <name>", "the stack", "dev")
    .option("--json", "print the list as JSON")
    .addOption(new Option("--write", "pin every image in the stack's file").conflicts("outdated"))
    .option("--outdated", "list the images that have a newer release")
    .addHelpText("after", help)
    .parse()
    .opts<{ stack: string; json?: boolean; write?: boolean; outdated?: boolean }>();
  if (outdated) return listOutdated(stack, json === true);
  const { docker } = await findEngine();
  if (write) await writePins(stack, docker);
  const reports = await imagesInUse(stack, docker);
  if (json) printJson({ stack, images: reports });
  else print(renderImages(reports));
  return 0;
});

async function imagesInUse(stack: string, docker: Dockerode): Promise<readonly ImageReport[]> {
  const { settings } = await planFromFile(stack, placeholderSecrets(stack));
  const host = await findHost(readEnv().machineFacts);
  const source = imageSource(settings, host.imageSource);
  return inventory(docker, chosenImages(settings, source), runningKinds(settings, source));
}

async function listOutdated(stack: string, json: boolean): Promise<number> {
  const { settings } = await planFromFile(stack, placeholderSecrets(stack));
  const images = await findOutdated(imageNames(settings), runningKinds(settings, "registry"));
  if (json) printJson({ stack, outdated: images });
  else print(images.length === 0 ? "Every image is up to date." : renderOutdated(images));
  return images.length === 0 ? exitCodes.done : exitCodes.failed;
}

function renderOutdated(images: readonly OutdatedImage[]): string {
  const rows = images.map(({ service, image, newest }) => [service, image, newest]);
  return textTable(["service", "image", "newest"], rows);
}

/**
 * Writes images with their digests into `livekit:images` of the stack file: the images that the settings name, and the
 * official images of the other services. Rejects locally built images, because no registry has a digest of them.
 */
async function writePins(stack: string, docker: Dockerode): Promise<void> {
  const { settings } = await planFromFile(stack, placeholderSecrets(stack));
  if (settings.imageSource === "build") {
    throwIfAny([
      {
        key: "livekit:imageSource",
        value: settings.imageSource,
        rule: "this command pins images by their digest in a registry, but images that this machine builds have none",
        fix: "Use images from a registry with: pulumi config set livekit:imageSource registry",
      },
    ]);
  }
  const { path, document } = readStackFile(stack);
  const pinned = await askDigests(docker, imageNames(settings), runningKinds(settings, "registry"));
  replaceFile(path, pinImages(String(document), pinned), 0o644);
  printError(`Pinned in ${path}. Apply it with: ${npm("start", { stack })}`);
}

function renderImages(reports: readonly ImageReport[]): string {
  const rows = reports.map(({ service, image, source, inEngine, digest }) => [
    service,
    image.replace(/@.*$/, ""),
    source,
    inEngine ? "yes" : "no",
    digest ?? "",
  ]);
  return textTable(["service", "image", "from", "in the engine", "digest"], rows);
}
