import { Option } from "commander";
import { inputsKey } from "../../images/inputs";
import { cannot } from "../../model/user-error";
import { locked } from "../../stacks/cache";
import { command, exitCodes, npm, runMain } from "../lib/cli";
import { endInOrder, endingByItself } from "../lib/interruption";
import { print, printError, printJson } from "../lib/print";
import { Rehearsal, removeRehearsal } from "../rehearsal/rehearsal";
import { type RehearsalReport, renderRehearsalReport, scopeOf } from "../rehearsal/report";
import { StepRunner } from "../rehearsal/step-runner";
import { againAndDown, stepTitles, upAndSmoke } from "../rehearsal/steps";
import { Workspace } from "../rehearsal/workspace";
import { renderReport } from "../smoke/table";
import { ensureEngine } from "../toolchain/docker";
import { type Progress, thisMachine } from "../toolchain/machine";
import { toStandardError } from "../toolchain/output";
import { ensurePlugins } from "../toolchain/plugins";
import { ensurePulumi } from "../toolchain/pulumi";
import { ensureRehearsal } from "../toolchain/rehearsal";

interface Flags {
  readonly stack: string;
  readonly keep?: boolean;
  readonly stop?: boolean;
  readonly plain?: boolean;
  readonly json?: boolean;
}

const help = `
The steps are: up from nothing, the smoke test from outside, a second up, a refresh and a destroy; nothing is left. With
--keep the stack stays up after the smoke test, and pulumi, aws and the npm commands reach it from a shell.

Exit code: 0 every step succeeded, 1 a step failed, 2 wrong usage.`;

runMain(async () => {
  const flags = command("rehearse")
    .description("Runs the whole production program of a stack on AWS on this machine, against an AWS simulator.")
    .option("--stack <name>", "the stack to rehearse", "prod")
    .addOption(new Option("--keep", "leave the stack up after the smoke test").conflicts("stop"))
    .option("--stop", "remove the stack that --keep left")
    .option("--plain", "boot Debian's own image, which installs at boot, instead of a prebaked one")
    .option("--json", "print the report as JSON")
    .addHelpText("after", help)
    .parse()
    .opts<Flags>();
  const workspace = Workspace.of(flags.stack);
  endInOrder(npm("rehearse", flags), "All resources are removed");
  return locked(
    `rehearsal-${inputsKey({ folder: workspace.folder })}`,
    () => (flags.stop ? stop(workspace) : rehearse(workspace, flags)),
    printError,
  );
});

async function stop(workspace: Workspace): Promise<number> {
  if (!workspace.exists)
    throw cannot(
      "--stop",
      `no rehearsal of ${workspace.stack} is up`,
      `Start a rehearsal with: ${npm("rehearse", workspace)}`,
    );
  const { docker } = await ensureEngine(thisMachine, toStandardError);
  await removeRehearsal(workspace, docker);
  return exitCodes.done;
}

/**
 * Runs the rehearsal's steps, then removes the simulator, even if a step failed. With --keep, the simulator stays after
 * the smoke test.
 */
function rehearse(workspace: Workspace, flags: Flags): Promise<number> {
  const steps = new StepRunner();
  const keep = flags.keep === true;
  return endingByItself(async () => {
    const tools = await steps.run("tools and images", ensureAll, () => "in place");
    const options = { workspace, tools, machine: thisMachine, plain: flags.plain ?? false };
    const begin = () => Rehearsal.start(options);
    const rehearsal = await steps.run("simulator", begin, () => "an account with a zone, settings, secrets");
    let stays = false;
    try {
      const report = await upAndSmoke(rehearsal, steps);
      stays = keep;
      if (report.passed && !keep) await againAndDown(rehearsal, steps);
      if (!flags.json) print(renderReport(report, false));
      return report.passed ? exitCodes.done : exitCodes.failed;
    } finally {
      printReport(reportOf(rehearsal, steps, keep), flags.json === true);
      if (stays) printError(nextSteps(workspace));
      else await removeRehearsal(workspace, tools.docker);
    }
  });
}

function reportOf(
  { workspace, plan, overrides, latency }: Rehearsal,
  { done }: StepRunner,
  keep: boolean,
): RehearsalReport {
  const planned = keep ? stepTitles.toStay : [...stepTitles.toStay, ...stepTitles.toGo];
  const notRun = planned.filter((title) => !done.some((part) => part.title === title));
  const passed = notRun.length === 0 && done.every(({ result }) => result !== "failed");
  return { stack: workspace.stack, passed, steps: done, notRun, overrides, scope: scopeOf(plan, latency) };
}

function printReport(report: RehearsalReport, json: boolean): void {
  if (json) printJson(report);
  else print(renderRehearsalReport(report));
}

async function ensureAll(show: Progress) {
  const pulumi = await ensurePulumi(thisMachine, show);
  const pluginPath = await ensurePlugins(pulumi, thisMachine, show);
  return { ...(await ensureRehearsal(thisMachine, show)), pulumi, ...(pluginPath && { pluginPath }) };
}

function nextSteps(workspace: Workspace): string {
  return `
The rehearsal of ${workspace.stack} stays up.
  a shell in its account   . ${workspace.folder}/env   (then pulumi, aws and the npm commands)
  a client outside AWS     outside ${npm("smoke", workspace)}   in that shell
  remove it                ${npm("rehearse", workspace, "--stop")}`;
}
