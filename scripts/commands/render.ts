import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { parse } from "yaml";
import { chosenImages } from "../../images/catalog";
import { imageSource } from "../../model/fleet";
import { configFolder, permissions, type ServiceFile } from "../../model/service";
import { toSecrets } from "../../model/settings/secrets";
import { throwIfAny } from "../../model/user-error";
import { callPage } from "../../stacks/call-page";
import { readEnv } from "../../stacks/env";
import { findHost } from "../../stacks/host";
import { renderNode } from "../../templates/bundle";
import { renderCompose, renderedHeader } from "../../templates/compose";
import { renderWatching } from "../../templates/monitoring/elsewhere";
import { issueCertificate } from "../lib/certificate-authority";
import { command, runMain } from "../lib/cli";
import { awsPlanFromFile, isOnAws, planFromFile } from "../lib/load-stack";
import { awsStackOutputs } from "../lib/stack-outputs";
import { composeNote } from "../toolchain/compose";
import { cannot, thisMachine } from "../toolchain/machine";

const help = `
Of a stack on this machine the folder holds compose.yaml and a folder of files for each service, secrets among them. To run
it, as root, with docker compose v2:
  npm stop                                  its containers have the same names and ports
  cd DIR && docker compose up -d
  docker compose up -d --force-recreate     after another rendering into the same folder

The containers read their files as group 0. A folder rendered by another user than root needs: sudo chgrp -R 0 DIR

Of a stack on AWS with livekit:monitoring it holds what a Prometheus and a Grafana of yours take: scrape configuration,
targets, the counters' password, alert rules, dashboards.

Exit code: 0 written, 1 refused, 2 wrong usage.`;

runMain(async () => {
  const { stack, out } = command("render")
    .description("Writes a local stack as a plain compose folder, or what watches one on AWS.")
    .option("--stack <name>", "the stack to render", "dev")
    .requiredOption("--out <folder>", "where to: an empty, new or earlier rendered folder")
    .addHelpText("after", help)
    .parse()
    .opts<{ stack: string; out: string }>();
  const run = isOnAws(stack) ? await renderWatch(stack, resolve(out)) : await renderStack(stack, resolve(out));
  console.log(`Written to ${out}. Run it there with: ${run}`);
  return 0;
});

/** @returns the command that runs it */
async function renderWatch(stack: string, folder: string): Promise<string> {
  const plan = awsPlanFromFile(stack);
  if (!plan.settings.monitoring) {
    throw cannot(
      `stack ${stack}`,
      "tells no counters: livekit:monitoring is false",
      `Set it with: pulumi config set -s ${stack} livekit:monitoring true`,
    );
  }
  const main = "prometheus.yml";
  earlierRendering(folder, main);
  const { apiKey, apiSecret, turnSecret } = await awsStackOutputs(stack);
  const files = renderWatching(plan, toSecrets({ apiKey, apiSecret, turnSecret }).metricsPassword);
  makeOutput(folder);
  for (const [path, content] of Object.entries(files)) {
    makeFolder(dirname(join(folder, path)), 0o700);
    write(join(folder, path), path === main ? `${renderedHeader}\n${content}` : content, 0o600);
  }
  return `prometheus --config.file=${main}`;
}

/** @returns the command that runs it */
async function renderStack(stack: string, folder: string): Promise<string> {
  const { fleet, settings, secrets } = await planFromFile(stack);
  const earlier = earlierServices(folder);
  const [node] = fleet.nodes;
  const certificate = await issueCertificate(node.certificateNames);
  const specs = renderNode(fleet, node, secrets, certificate, (await callPage()).content);
  const host = await findHost(readEnv().machineFacts);
  const images = chosenImages(settings, imageSource(settings, host.imageSource));
  makeOutput(folder);
  // Written first, so that the next rendering recognises an interrupted one as ours.
  write(join(folder, "compose.yaml"), renderCompose(fleet, specs, images), 0o600);
  for (const name of earlier) rmSync(join(folder, name), { recursive: true, force: true });
  for (const { name, files } of specs) writeFiles(join(folder, name), files);
  const note = await composeNote(thisMachine);
  if (note) console.error(note);
  return "docker compose up -d";
}

/** Creates the folder with a .gitignore: it holds secrets, which must not be committed. */
function makeOutput(folder: string): void {
  makeFolder(folder, 0o700);
  write(join(folder, ".gitignore"), "*\n", 0o600);
}

/** Lists the service folders of an earlier rendering. */
function earlierServices(folder: string): string[] {
  const text = earlierRendering(folder, "compose.yaml");
  return text === "" ? [] : Object.keys(parse(text).services).filter((name) => basename(name) === name);
}

/**
 * Reads the main file of an earlier rendering; empty if there is none.
 * @throws UserError if the folder holds anything else
 */
function earlierRendering(folder: string, main: string): string {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return "";
  const file = join(folder, main);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (!text.startsWith(renderedHeader)) {
    throwIfAny([
      {
        key: "--out",
        value: folder,
        rule: "must be an empty folder, a new one, or an earlier rendering",
        fix: "Name another folder, or empty this one",
      },
    ]);
  }
  return text;
}

/** Writes a service's files, which the containers read as group 0. The folder above keeps all other users out. */
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

/** Creates a folder. Sets its mode separately: the process's umask clears bits of the mode at creation. */
function makeFolder(folder: string, mode: number): void {
  mkdirSync(folder, { recursive: true, mode });
  chmodSync(folder, mode);
}

function write(file: string, content: string, mode: number): void {
  writeFileSync(file, content, { mode });
  chmodSync(file, mode);
}
