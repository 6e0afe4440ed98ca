import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { parse } from "yaml";
import { chosenImages } from "../../images/catalog";
import { imageSource } from "../../model/fleet";
import { configFolder, type FileContents, permissions, renderFiles, type ServiceFile } from "../../model/service";
import { toSecrets } from "../../model/settings/secrets";
import { cannot, throwIfAny } from "../../model/user-error";
import { callPage } from "../../stacks/call-page";
import { readEnv } from "../../stacks/env";
import { findHost } from "../../stacks/host";
import { planServices } from "../../templates/bundle";
import { renderCompose, renderedHeader } from "../../templates/compose";
import { renderWatching } from "../../templates/monitoring/elsewhere";
import { withCaNotice } from "../lib/ca-notice";
import { command, runMain } from "../lib/cli";
import { awsPlanFromFile, isOnAws, planFromFile } from "../lib/load-stack";
import { print, printError } from "../lib/print";
import { issueRendered } from "../lib/render-certificate";
import { awsStackOutputs } from "../lib/stack-outputs";
import { composeNote } from "../toolchain/compose";
import { thisMachine } from "../toolchain/machine";

const help = `
For a stack on this machine the folder contains compose.yaml and a folder of files for each service, including secrets. To
run it as root with docker compose v2:
  npm stop                                  its containers have the same names and ports
  cd DIR && docker compose up -d
  docker compose up -d --force-recreate     after you render into the same folder again

The containers read their files as group 0. If another user than root rendered the folder, run: sudo chgrp -R 0 DIR

For a stack on AWS with livekit:monitoring it contains files for your own Prometheus and Grafana: scrape configuration,
targets, the metrics password, alert rules, dashboards.

Exit code: 0 written, 1 failed, 2 wrong usage.`;

runMain(async () => {
  const { stack, out } = command("render")
    .description("Writes a local stack as a Docker Compose folder, or the monitoring files of a stack on AWS.")
    .option("--stack <name>", "the stack to render", "dev")
    .requiredOption("--out <folder>", "output folder: empty, new or rendered before")
    .addHelpText("after", help)
    .parse()
    .opts<{ stack: string; out: string }>();
  const run = isOnAws(stack)
    ? await renderWatch(stack, resolve(out))
    : await withCaNotice(() => renderStack(stack, resolve(out)));
  print(`Written to ${out}. Run it there with: ${run}`);
  return 0;
});

/** Renders a Prometheus setup that scrapes the stack. @returns the command that starts it */
async function renderWatch(stack: string, folder: string): Promise<string> {
  const plan = awsPlanFromFile(stack);
  if (!plan.settings.monitoring) {
    throw cannot(
      `stack ${stack}`,
      "the stack exposes no metrics, because livekit:monitoring is false",
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

/** Renders the stack as a Docker Compose project. @returns the command that starts it */
async function renderStack(stack: string, folder: string): Promise<string> {
  const { fleet, settings, secrets } = await planFromFile(stack);
  const earlier = earlierServices(folder);
  const [node] = fleet.nodes;
  const certificate = await issueRendered(stack, node.certificateNames);
  const specs = planServices(fleet, node, (await callPage()).content);
  const contents = renderFiles(specs, { secrets, certificate });
  const host = await findHost(readEnv().machineFacts);
  const images = chosenImages(settings, imageSource(settings, host.imageSource));
  makeOutput(folder);
  // compose.yaml is written first: after an interruption, the next rendering recognises the folder by this file.
  write(join(folder, "compose.yaml"), renderCompose(fleet, specs, images), 0o600);
  for (const name of earlier) rmSync(join(folder, name), { recursive: true, force: true });
  for (const { name, files } of specs) writeFiles(join(folder, name), files, contents[name] ?? {});
  const note = await composeNote(thisMachine);
  if (note) printError(note);
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
        rule: "the output folder must be new, empty, or written by this command before",
        fix: "Choose another folder, or empty this folder",
      },
    ]);
  }
  return text;
}

/** Writes a service's files, which the containers read as group 0. Their parent folder keeps other users out. */
function writeFiles(folder: string, files: readonly ServiceFile[], contents: FileContents[string]): void {
  const mode = files.some(({ readableByAll }) => readableByAll) ? 0o755 : 0o750;
  makeFolder(folder, mode);
  for (const file of files) {
    const target = join(folder, relative(configFolder, file.path));
    if (!target.startsWith(folder + sep)) throw new Error(`${file.path} is not below ${configFolder}`);
    makeFolder(dirname(target), mode);
    write(target, contents[file.path] ?? "", Number.parseInt(permissions(file), 8));
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
