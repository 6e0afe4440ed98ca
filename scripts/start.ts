import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { Listr } from "listr2";
import { localFolder, machineFactNames } from "../stacks/env";
import { authorityFile } from "./authority-file";
import { exitCodes, runMain } from "./cli";
import { follow, openStack } from "./engine";
import { checkPorts, planFromFile } from "./preflight";
import { ensureSecrets, readEnvFile, writeEnvFile } from "./secret-file";
import { runSmoke, type SmokeReport } from "./smoke/index";
import { renderProgress, renderReport } from "./smoke/table";
import { type LocalOutputs, plainOutputs, smokeTarget } from "./stack-outputs";
import { locked } from "./tools/cache";
import { ensureTools, type Tools } from "./tools/index";

const renderer = process.stdout.isTTY && !process.env["NO_COLOR"] ? "default" : "simple";

runMain(async () => {
  const { stack } = new Command("start")
    .description("Brings the local stack up through the Pulumi engine and proves it with media over every path.")
    .option("--stack <name>", "the stack to bring up", "dev")
    .allowExcessArguments(false)
    .exitOverride()
    .parse()
    .opts<{ stack: string }>();
  // Two at once on one folder would make secrets twice: the second waits for the first.
  return locked("start", () => start(stack), console.error);
});

async function start(stack: string): Promise<number> {
  const outputs = await bringUp(stack);
  const report = await smoke(outputs);
  writeApplicationEnv(outputs);
  console.log(renderReport(report, renderer === "default"));
  console.log(report.passed ? howToGoOn(outputs) : "\nThe stack is up, but not every path carries media: see above.");
  return report.passed ? exitCodes.done : exitCodes.failed;
}

/** Tools, secrets, checks, engine. */
async function bringUp(stack: string): Promise<LocalOutputs> {
  const made = ensureSecrets();
  if (made.length > 0) console.error(`Made in .env: ${made.join(", ")}`);
  await planFromFile(stack);
  const tools = await ensureTools({ renderer }).run();
  rememberMachine(tools);
  const { fleet } = await planFromFile(stack);
  await checkPorts(fleet, tools.docker);
  const opened = await openStack(stack, tools);
  await new Listr(
    [
      {
        title: "Stack up",
        task: (_, task) =>
          follow(
            (onEvent) => opened.up({ onEvent, refresh: true }),
            (line) => (task.output = line),
          ),
      },
    ],
    { renderer },
  ).run();
  return plainOutputs(stack, await opened.outputs());
}

/** So that plain `pulumi up` takes the same images and network as this command did. */
function rememberMachine({ imageSource }: Tools): void {
  if (readEnvFile()[machineFactNames.imageSource] === imageSource) return;
  writeEnvFile({ [machineFactNames.imageSource]: imageSource });
}

async function smoke(outputs: LocalOutputs): Promise<SmokeReport> {
  return runSmoke(smokeTarget(outputs), {
    onResult: (path) => console.error(renderProgress(path, false)),
  });
}

/** The seed's three variables, for a Next.js application's own `.env`. */
function writeApplicationEnv(outputs: LocalOutputs): void {
  const lines = [
    `LIVEKIT_URL=${outputs.url}`,
    `LIVEKIT_API_KEY=${outputs.apiKey}`,
    `LIVEKIT_API_SECRET=${outputs.apiSecret}`,
  ];
  writeFileSync(join(localFolder, ".env.livekit"), `${lines.join("\n")}\n`, { mode: 0o600 });
}

function howToGoOn(outputs: LocalOutputs): string {
  return `
LiveKit is up and proven.
  for your application   .env.livekit (LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET)
  on this machine        ${outputs.url}
  browsers and phones    ${outputs.secureUrl} (trust ${authorityFile})
  take it down           npm stop`;
}
