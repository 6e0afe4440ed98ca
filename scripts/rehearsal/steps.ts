import type { OpMap, Stack } from "@pulumi/pulumi/automation";
import { cannot, fixAbove } from "../../model/user-error";
import { follow } from "../lib/engine";
import { interrupted } from "../lib/interruption";
import type { SmokeReport } from "../smoke/index";
import { renderReport } from "../smoke/table";
import type { Progress } from "../toolchain/machine";
import type { Rehearsal } from "./rehearsal";
import type { StepRunner } from "./step-runner";

/** Titles of the steps. With --keep, a rehearsal runs only those in `toStay`. */
export const stepTitles = {
  toStay: ["up from nothing", "smoke test from outside"],
  toGo: ["a second up", "refresh", "destroy"],
} as const;

/** Brings the stack up and runs the smoke test from outside AWS. */
export async function upAndSmoke(rehearsal: Rehearsal, steps: StepRunner): Promise<SmokeReport> {
  const stack = await rehearsal.open();
  const [upTitle, smokeTitle] = stepTitles.toStay;
  await steps.run(upTitle, up(stack), (changes) => `${count(changes, "create")} resources`);
  return steps.run(smokeTitle, (show) => smoke(rehearsal, show), summaryOf);
}

/** Checks that a second `up` and a refresh change nothing, then destroys the stack. */
export async function againAndDown(rehearsal: Rehearsal, steps: StepRunner): Promise<void> {
  const stack = await rehearsal.open();
  const [againTitle, refreshTitle, destroyTitle] = stepTitles.toGo;
  const refresh = (show: Progress) => follow((following) => stack.refresh(following), show);
  await steps.run(againTitle, demand(againTitle, up(stack)), () => "changes nothing");
  await steps.run(
    refreshTitle,
    demand(refreshTitle, async (show) => (await refresh(show)).changes),
    () => "matches the state",
  );
  await steps.run(
    destroyTitle,
    (show) => destroy(rehearsal, stack, show),
    (changes) => `${count(changes, "delete")} resources`,
  );
}

const up =
  (stack: Stack) =>
  async (show: Progress): Promise<OpMap> =>
    (await follow((following) => stack.up(following), show)).changes;

/** Wraps an operation that must change nothing. @throws UserError if it changes something */
function demand(what: string, work: (show: Progress) => Promise<OpMap>) {
  return async (show: Progress): Promise<OpMap> => {
    const changes = await work(show);
    const { same: _, ...others } = changes;
    if (Object.keys(others).length === 0) return changes;
    throw cannot(
      what,
      `the step must change nothing, but makes these changes: ${JSON.stringify(others)}`,
      "Report this as a bug of the program or of the rehearsal",
    );
  };
}

/** Destroys the stack. Turns off `livekit:protect` first, as an operator of a real stack must. */
async function destroy(rehearsal: Rehearsal, stack: Stack, show: Progress): Promise<OpMap> {
  if (rehearsal.plan.settings.protect) {
    await stack.setConfig("livekit:protect", { value: "false" });
    await up(stack)(show);
  }
  return (await follow((following) => stack.destroy(following), show)).changes;
}

async function smoke(rehearsal: Rehearsal, show: Progress): Promise<SmokeReport> {
  const { execa } = await import("execa");
  const [program, ...args] = rehearsal.commandOutside("smoke", "--json");
  const child = execa(program, args, { env: { ...rehearsal.environment }, reject: false, cancelSignal: interrupted });
  child.stderr.on("data", (data: Buffer) => show(data.toString().trimEnd().split("\n").at(-1) ?? ""));
  const { stdout, stderr } = await child;
  try {
    return JSON.parse(stdout) as SmokeReport;
  } catch {
    throw cannot("the smoke test", stderr, fixAbove);
  }
}

function summaryOf(report: SmokeReport): string {
  return renderReport(report, false).split("\n").at(-1) ?? "";
}

function count(changes: OpMap, operation: keyof OpMap): number {
  return changes[operation] ?? 0;
}
