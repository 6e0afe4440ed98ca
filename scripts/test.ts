import { spawnSync } from "node:child_process";
import { Option } from "commander";
import { projectFolder } from "../stacks/env";
import { command, runMain } from "./cli";
import { ensureBrowser } from "./tools/browser";
import { ensureTools, pathWith, type Tools } from "./tools/index";
import { thisMachine } from "./tools/machine";
import { ensureRehearsal, rehearsalObstacle } from "./tools/rehearsal";

const kinds = ["unit", "components", "integration"] as const;
/** What runs without a container engine and the Pulumi CLI. */
const quickKinds: readonly string[] = ["unit", "components"];
const progressSeconds = 5;

runMain(async () => {
  const { only } = command("test")
    .description("Checks types and style, then runs every test; installs the tools that are missing first.")
    .addOption(new Option("--only <kind>", "one kind of test").choices([...kinds]))
    .parse()
    .opts<{ only?: (typeof kinds)[number] }>();
  const chosen: readonly string[] = only ? [only] : kinds;
  const quick = chosen.filter((kind) => quickKinds.includes(kind));
  if (!only && !run("npm", ["run", "lint"])) return 1;
  if (quick.length > 0 && !run("npx", ["jest", "--selectProjects", ...quick])) return 1;
  return quick.length === chosen.length || (await integration()) ? 0 : 1;
});

/** One file at a time: they share an engine and its ports. */
async function integration(): Promise<boolean> {
  const env = toolEnvironment(await ensureTools({ renderer: "simple", images: {} }).run());
  await ensureBrowser(thisMachine, console.error);
  await ensureRehearsalTools();
  return run("npx", ["jest", "--selectProjects", "integration", "--runInBand"], env);
}

/** Where there can be none, the tests that need one say so. */
async function ensureRehearsalTools(): Promise<void> {
  if (rehearsalObstacle(thisMachine)) return;
  // Builds say thousands of lines: one that runs long tells that it goes on.
  let told = performance.now();
  await ensureRehearsal(thisMachine, (line) => {
    if (performance.now() - told < progressSeconds * 1000) return;
    told = performance.now();
    console.error(`Images of the simulated AWS: ${line}`);
  });
}

/** Where the tools are. Backend and passphrase are each test's own: none writes into the user's state. */
function toolEnvironment({ pulumi, pluginPath, dockerHost }: Tools): Record<string, string> {
  return {
    PATH: pathWith(pulumi, pluginPath, process.env["PATH"] ?? ""),
    ...(dockerHost && { DOCKER_HOST: dockerHost }),
  };
}

function run(command: string, args: string[], env: Record<string, string> = {}): boolean {
  console.error(`> ${command} ${args.join(" ")}`);
  const { status } = spawnSync(command, args, {
    cwd: projectFolder,
    stdio: "inherit",
    env: { ...process.env, ...env },
    shell: process.platform === "win32",
  });
  return status === 0;
}
