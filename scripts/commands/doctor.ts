import { existsSync } from "node:fs";
import { caFile } from "../../stacks/ca-file";
import { readText } from "../../stacks/read-file";
import { planServices } from "../../templates/bundle";
import { certificateChecks } from "../doctor/certificate";
import { type Check, examine, type Finding } from "../doctor/check";
import { containerChecks, countRunning } from "../doctor/containers";
import type { DoctorContext } from "../doctor/context";
import { livekitChecks } from "../doctor/livekit";
import { kernelCheck } from "../doctor/machine";
import { portChecks, stunCheck } from "../doctor/ports";
import { redisChecks } from "../doctor/redis";
import { renderFindings } from "../doctor/table";
import { turnCheck } from "../doctor/turn";
import { command, exitCodes, npm, runMain } from "../lib/cli";
import { isOnAws, planFromFile } from "../lib/load-stack";
import { printColored, printJson } from "../lib/print";
import { notifyIfSlow } from "../lib/slow-notice";
import { hasColor } from "../lib/terminal";
import { findEngine } from "../toolchain/docker";

runMain(async () => {
  const { stack, json } = command("doctor")
    .description(
      "Checks a stack: containers or nodes, names, ports, STUN, TURN, token, clock, Redis, certificates, kernel.",
    )
    .option("--stack <name>", "the stack to check", "dev")
    .option("--json", "print the findings as JSON")
    .addHelpText("after", "\nExit code: 0 no check failed, 1 a check failed, 2 wrong usage.")
    .parse()
    .opts<{ stack: string; json?: boolean }>();
  const findings = await notifyIfSlow("Checking", isOnAws(stack) ? examineAws(stack) : examineLocal(stack));
  const passed = findings.every(({ status }) => status !== "failed");
  if (json) printJson({ stack, passed, findings });
  else printColored(renderFindings(findings, hasColor));
  return passed ? exitCodes.done : exitCodes.failed;
});

async function examineLocal(stack: string): Promise<Finding[]> {
  const context = await loadContext(stack);
  return examine(checksOf(context), {
    secrets: context.secrets,
    isUp: (await countRunning(context)) > 0,
    bringUp: npm("start", context),
  });
}

/** Loads the checks of stacks on AWS lazily: local stacks don't need them. */
async function examineAws(stack: string): Promise<Finding[]> {
  const { checksOnAws } = require("../doctor/aws") as typeof import("../doctor/aws");
  const { checks, context } = await checksOnAws(stack);
  return examine(checks, context);
}

/** @throws UserError if the stack's file or secrets are invalid, or the Docker engine does not answer */
async function loadContext(stack: string): Promise<DoctorContext> {
  const { fleet, secrets } = await planFromFile(stack);
  const [node] = fleet.nodes;
  return {
    stack,
    fleet,
    node,
    secrets,
    specs: planServices(fleet, node),
    ...(existsSync(caFile) && { ca: readText(caFile) }),
    docker: (await findEngine()).docker,
  };
}

function checksOf(context: DoctorContext): Check[] {
  return [
    ...containerChecks(context),
    ...portChecks(context),
    stunCheck(context),
    turnCheck(context),
    ...livekitChecks(context),
    ...redisChecks(context),
    ...certificateChecks(context),
    kernelCheck(),
  ];
}
