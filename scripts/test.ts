import { availableParallelism } from "node:os";
import { Option } from "commander";
import { projectFolder } from "../stacks/env";
import { command, runMain } from "./cli";
import { ensureBrowser } from "./tools/browser";
import { ensureTools, pathWith, type Tools } from "./tools/index";
import { thisMachine } from "./tools/machine";
import { ensureRehearsal, rehearsalObstacle } from "./tools/rehearsal";

/** What runs without a container engine and the Pulumi CLI. */
const quickKinds = ["unit", "components"] as const;
/** What each kind of these uses of the machine, ports and names, is its own: where there are cores enough they run side by side. */
const slowKinds = ["integration", "rehearsal"] as const;
const kinds = [...quickKinds, ...slowKinds];
type Kind = (typeof kinds)[number];
/** Media flow while a test looks: on fewer cores, two stacks at once would make each other's late. */
const coresForTwo = 4;
const progressSeconds = 5;

runMain(async () => {
  const { only } = command("test")
    .description("Checks types and style, then runs every test; installs the tools that are missing first.")
    .addOption(new Option("--only <kind>", "one kind of test").choices([...kinds]))
    .parse()
    .opts<{ only?: Kind }>();
  const chosen = (all: readonly Kind[]) => all.filter((kind) => !only || kind === only);
  const quick = chosen(quickKinds);
  if (!only && !(await run("npm", ["run", "lint"]))) return 1;
  if (quick.length > 0 && !(await run("npx", ["jest", "--selectProjects", ...quick]))) return 1;
  return (await slow(chosen(slowKinds))) ? 0 : 1;
});

/** One file of a kind at a time: they share an engine and its ports. */
async function slow(chosen: readonly Kind[]): Promise<boolean> {
  if (chosen.length === 0) return true;
  const together = availableParallelism() >= coresForTwo && chosen.length > 1;
  const tools = toolEnvironment(await ensureTools({ renderer: "simple", images: {} }).run());
  await ensureBrowser(thisMachine, console.error);
  await ensureRehearsalTools();
  // Two at once would draw over each other's progress.
  const env = { ...tools, ...(together && { TERM: "dumb" }) };
  const jest = (kind: Kind) => run("npx", ["jest", "--selectProjects", kind, "--runInBand"], env);
  const passed = together ? await Promise.all(chosen.map(jest)) : await inTurn(chosen, jest);
  for (const [i, kind] of chosen.entries()) console.error(`${kind}: ${passed[i] ? "passed" : "failed, see above"}`);
  return passed.every(Boolean);
}

async function inTurn<Item, Result>(items: readonly Item[], run: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await run(item));
  return results;
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

async function run(command: string, args: string[], env: Record<string, string> = {}): Promise<boolean> {
  console.error(`> ${command} ${args.join(" ")}`);
  const { execa } = await import("execa");
  const { exitCode } = await execa(command, args, { cwd: projectFolder, stdio: "inherit", env, reject: false });
  return exitCode === 0;
}
