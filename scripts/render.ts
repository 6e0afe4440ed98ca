import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { Command } from "commander";
import { parse } from "yaml";
import { chosenImages } from "../images/catalog";
import { refuse } from "../model/fault";
import { imageSource } from "../model/fleet";
import { configFolder, permissions, type ServiceFile } from "../model/service";
import { callPage } from "../stacks/call-page";
import { readEnv } from "../stacks/env";
import { findHost } from "../stacks/host";
import { renderNode } from "../templates/bundle";
import { composeHeader, renderCompose } from "../templates/compose";
import { issueCertificate } from "./certificate-authority";
import { runMain } from "./cli";
import { planFromFile } from "./preflight";

const help = `
The folder holds compose.yaml and a folder of files for each service, secrets among them. To run it, as root:
  npm stop                                  its containers have the same names and ports
  cd DIR && docker compose up -d
  docker compose up -d --force-recreate     after another rendering into the same folder

The containers read their files as group 0. A folder rendered by another user than root needs: sudo chgrp -R 0 DIR

Exit code: 0 written, 1 refused, 2 wrong usage.`;

runMain(async () => {
  const { stack, out } = new Command("render")
    .description("Writes the local stack as a plain compose folder.")
    .option("--stack <name>", "the stack to render", "dev")
    .requiredOption("--out <folder>", "where to: an empty, new or earlier rendered folder")
    .addHelpText("after", help)
    .allowExcessArguments(false)
    .exitOverride()
    .parse()
    .opts<{ stack: string; out: string }>();
  await render(stack, resolve(out));
  console.log(`Written to ${out}. Run it there with: docker compose up -d`);
  return 0;
});

async function render(stack: string, folder: string): Promise<void> {
  const { fleet, settings, secrets } = await planFromFile(stack);
  const earlier = earlierServices(folder);
  const [node] = fleet.nodes;
  const certificate = await issueCertificate(node.certificateNames);
  const specs = renderNode(fleet, node, secrets, certificate, await callPage());
  const host = await findHost(readEnv().machineFacts);
  const images = chosenImages(settings, imageSource(settings, host.imageSource));
  makeFolder(folder, 0o700);
  // First: a rendering that is interrupted is recognised as ours by the next one.
  write(join(folder, "compose.yaml"), renderCompose(fleet, specs, images), 0o600);
  for (const name of earlier) rmSync(join(folder, name), { recursive: true, force: true });
  for (const { name, files } of specs) writeFiles(join(folder, name), files);
}

/** The service folders of an earlier rendering. @throws Refusal where the folder holds something else */
function earlierServices(folder: string): string[] {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return [];
  const file = join(folder, "compose.yaml");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (!text.startsWith(composeHeader)) {
    refuse([
      {
        key: "--out",
        value: folder,
        rule: "must be an empty folder, a new one, or an earlier rendering",
        fix: "Name another folder, or empty this one",
      },
    ]);
  }
  return Object.keys(parse(text).services).filter((name) => basename(name) === name);
}

/** Group 0 of the containers passes the folder and reads the files; nobody else on the machine passes the one above. */
function writeFiles(folder: string, files: readonly ServiceFile[]): void {
  const mode = files.some(({ readableByAll }) => readableByAll) ? 0o755 : 0o750;
  makeFolder(folder, mode);
  for (const file of files) {
    const target = join(folder, relative(configFolder, file.path));
    if (!target.startsWith(folder + sep)) throw new Error(`${file.path} is not a file of ${configFolder}`);
    makeFolder(dirname(target), mode);
    write(target, file.content, Number.parseInt(permissions(file), 8));
  }
}

/** The mode is set apart: the process's umask takes bits off the one that a file or folder is made with. */
function makeFolder(folder: string, mode: number): void {
  mkdirSync(folder, { recursive: true, mode });
  chmodSync(folder, mode);
}

function write(file: string, content: string, mode: number): void {
  writeFileSync(file, content, { mode });
  chmodSync(file, mode);
}
