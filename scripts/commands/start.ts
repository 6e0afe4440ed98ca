import { join } from "node:path";
import { type Fleet, runningKinds } from "../../model/fleet";
import { localOutputs, type Outputs } from "../../model/outputs";
import { monitoringPorts } from "../../model/ports/internal";
import type { Settings } from "../../model/settings/schema";
import { envNames } from "../../model/settings/secrets";
import { nameStack } from "../../model/stack-commands";
import { caFile } from "../../stacks/ca-file";
import { localFolder, machineFactNames, readEnvFile } from "../../stacks/env";
import { rejectFullDisk } from "../../stacks/full-disk";
import { retireCa } from "../../stacks/local-ca";
import { replaceFile } from "../../stacks/replace-file";
import { caHints, withCaNotice } from "../lib/ca-notice";
import { howToCall } from "../lib/call-link";
import { command, exitCodes, npm, runMain } from "../lib/cli";
import { type Deployed, deployLocal } from "../lib/deploy-local";
import { exclusively } from "../lib/exclusive";
import { checkPublicAddress, foreignAddress } from "../lib/foreign-address";
import { isMonitored, planFromFile } from "../lib/load-stack";
import { confirmNewSecrets } from "../lib/new-secrets";
import { print, printColored, printError } from "../lib/print";
import { renderer } from "../lib/progress";
import { orRestore, rememberSettings } from "../lib/restore";
import { makeMissing, secretFile, writeEnvFile } from "../lib/secret-file";
import { hasColor } from "../lib/terminal";
import { unpauseContainers } from "../lib/unpause";
import { isUpToDate, rememberStart } from "../lib/up-to-date";
import { runSmoke, type SmokeReport } from "../smoke/index";
import { renderProgress, renderReport } from "../smoke/table";
import { smokeTarget } from "../smoke/target";
import { containerNetwork, findEngine } from "../toolchain/docker";
import type { WantedImages } from "../toolchain/images";
import { ensureTools, type Tools } from "../toolchain/index";
import { thisMachine } from "../toolchain/machine";

interface Flags {
  readonly stack: string;
  readonly refresh?: boolean;
  readonly yes?: boolean;
  readonly skipAddressCheck?: boolean;
  readonly replaceCa?: boolean;
}

runMain(async () => {
  const flags = command("start")
    .description("Brings up the local stack with the Pulumi engine and verifies it with media over every path.")
    .option("--stack <name>", "the stack to bring up", "dev")
    .option("--refresh", "run the engine even if nothing has changed since the last start")
    .option("--yes", "replace missing secrets without a prompt, even if the stack is up with the old ones")
    .option("--skip-address-check", "accept a livekit:publicAddress that this machine can't reach itself by")
    .option("--replace-ca", "create a new certificate authority (CA); each browser and phone must trust it again")
    .parse()
    .opts<Flags>();
  return exclusively("npm start", () => withCaNotice(() => start(flags)));
});

async function start(flags: Flags): Promise<number> {
  const { outputs, fleet } = await bringUp(flags);
  // Writes this file before the smoke test: an application needs it even if the test fails or is interrupted.
  writeApplicationEnv(outputs);
  const report = await smoke(outputs, fleet);
  printColored(nameStack(flags.stack, renderReport(report, hasColor)));
  print(
    report.passed
      ? await nextSteps(flags, outputs, fleet)
      : ["\nThe stack is up, but not every path carries media: see above.", ...addressHint(fleet)].join("\n"),
  );
  return report.passed ? exitCodes.done : exitCodes.failed;
}

/** Suggests checking a configured public address: if it is wrong, no network path works, and no error shows why. */
function addressHint({ settings: { publicAddress } }: Fleet): string[] {
  const hint = publicAddress && foreignAddress(publicAddress);
  return hint ? [`livekit:publicAddress ${publicAddress}: ${hint}`] : [];
}

/** Prepares secrets and settings, then runs `pulumi up` unless nothing has changed. */
async function bringUp({ stack, refresh, yes, skipAddressCheck, replaceCa }: Flags): Promise<Deployed> {
  rejectFullDisk();
  // If no Docker engine answers, `up` starts or installs one, after all other checks.
  const docker = await findEngine().then(
    (engine) => engine.docker,
    () => undefined,
  );
  if (!yes) await confirmNewSecrets(stack, docker, npm("start", { stack }, "--yes"));
  const made = await makeMissing(secretFile, isMonitored(stack));
  if (made.length > 0) printError(`Created in .env: ${made.map((key) => envNames[key]).join(", ")}`);
  const { fleet, settings, secrets } = await planFromFile(stack);
  if (docker) await unpauseContainers(stack, docker);
  if (!refresh && !replaceCa && docker && (await isUpToDate(stack, fleet, docker))) {
    printError("Nothing has changed since the last start.");
    return { outputs: localOutputs(fleet, secrets), fleet };
  }
  // Checks the public address, so that a wrong one does not break a running stack. Without a Docker engine, no stack
  // runs. On a bridge network, Docker listens on the ports, so this command can't test them.
  const isTestable = docker !== undefined && (await containerNetwork(docker, thisMachine)) === "host";
  if (isTestable && !skipAddressCheck) await checkPublicAddress(stack, fleet);
  return up(stack, settings, replaceCa);
}

/** Installs the tools, deploys the stack, and records its state for the next start. */
async function up(stack: string, settings: Settings, replaceCa = false): Promise<Deployed> {
  const tools = await ensureTools({ renderer, images: wantedImages(settings) }).run();
  rememberMachine(tools);
  // Retires the CA once: a rollback keeps the new one.
  let outdated = replaceCa;
  const retireOutdated = () => {
    if (outdated) retireCa();
    outdated = false;
  };
  const deployed = await orRestore(stack, tools.docker, () => deployLocal(stack, tools, retireOutdated));
  await rememberStart(stack, deployed.fleet, tools.docker);
  rememberSettings(stack);
  return deployed;
}

/** Selects the images to pull or build. Leaves out images that the settings name: Pulumi pulls those. */
function wantedImages(settings: Settings): WantedImages {
  const { imageSource, images } = settings;
  return {
    ...(imageSource !== "auto" && { source: imageSource }),
    kinds: runningKinds(settings, "registry").filter((kind) => images[kind] === undefined),
  };
}

/** Records machine facts, so that plain `pulumi up` uses the same images and network as this command. */
function rememberMachine({ imageSource, network }: Tools): void {
  const facts = { [machineFactNames.imageSource]: imageSource, [machineFactNames.network]: network };
  const known = readEnvFile();
  if (Object.entries(facts).some(([name, fact]) => known[name] !== fact)) writeEnvFile(facts);
}

async function smoke(outputs: Outputs, { ports }: Fleet): Promise<SmokeReport> {
  return runSmoke(await smokeTarget(outputs, ports), {
    onResult: (path) => printError(renderProgress(path, false)),
  });
}

/** Writes the three LiveKit variables for a Next.js application's own `.env`. */
function writeApplicationEnv(outputs: Outputs): void {
  const lines = [
    `LIVEKIT_URL=${outputs.url}`,
    `LIVEKIT_API_KEY=${outputs.apiKey}`,
    `LIVEKIT_API_SECRET=${outputs.apiSecret}`,
  ];
  replaceFile(join(localFolder, ".env.livekit"), `${lines.join("\n")}\n`);
}

async function nextSteps({ stack }: Flags, outputs: Outputs, { nodes: [node] }: Fleet): Promise<string> {
  const hints = caHints(stack, node.certificateNames).map((hint) => `\n${" ".repeat(25)}${hint}`);
  return `
LiveKit is up and verified.
  for your application   .env.livekit (LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET)
  on this machine        ${outputs.url}
  browsers and phones    ${outputs.secureUrl} (trust ${caFile})${hints.join("")}${node.monitoring ? monitoringLine(node.monitoring) : ""}
  take it down           ${npm("stop", { stack })}

${await howToCall(outputs, stack, process.stdout.isTTY)}`;
}

function monitoringLine({ grafana }: { readonly grafana: boolean }): string {
  const prometheus = `http://localhost:${monitoringPorts.prometheus}`;
  const pages = grafana
    ? `http://localhost:${monitoringPorts.grafana}, ${prometheus}`
    : `${prometheus} (no Grafana: no package registry has its image; set livekit:images.grafana to your own)`;
  return `
  monitoring             ${pages}; log in as admin with MONITORING_PASSWORD from .env`;
}
