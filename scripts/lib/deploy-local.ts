import type { Fleet } from "../../model/fleet";
import type { Outputs } from "../../model/outputs";
import type { Tools } from "../toolchain/index";
import { checkPorts } from "./check-ports";
import { repairState } from "./embedded-state";
import { openStack } from "./engine";
import { planFromFile } from "./load-stack";
import { rejectForeign, rejectOtherState, removeOrphans } from "./orphans";
import { shown } from "./progress";
import { plainOutputs } from "./stack-outputs";
import { withUnhealthyLogs } from "./unhealthy-logs";

/** A running stack's outputs and plan. */
export interface Deployed {
  readonly outputs: Outputs;
  readonly fleet: Fleet;
}

/**
 * Runs the checks, then `pulumi up`.
 * @param beforeUp runs after the checks have passed
 */
export async function deployLocal(stack: string, tools: Tools, beforeUp: () => void): Promise<Deployed> {
  const { fleet, secrets } = await planFromFile(stack);
  await checkPorts(fleet, tools.docker);
  const restored = repairState(stack);
  const opened = await openStack(stack, tools);
  await rejectForeign(opened, tools.docker, fleet.namePrefix);
  if (!restored) await rejectOtherState(opened, tools.docker);
  await removeOrphans(opened, tools.docker);
  beforeUp();
  const { outputs } = await withUnhealthyLogs(tools.docker, { namePrefix: fleet.namePrefix, secrets }, () =>
    shown("Stack up", (following) => opened.up({ ...following, refresh: true })),
  );
  return { outputs: plainOutputs(stack, outputs), fleet };
}
