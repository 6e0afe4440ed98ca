import { type AwsPlan, awsFleet } from "../../model/aws/plan";
import type { Site } from "../../model/capacity/assess";
import { instanceErrors } from "../../model/capacity/fit";
import { instanceType, internetMbps } from "../../model/capacity/instances";
import type { NodeLimits } from "../../model/capacity/node";
import type { Fleet } from "../../model/fleet";
import { portCount } from "../../model/ports/table";
import type { Settings } from "../../model/settings/schema";
import { turnUrlCount } from "../../model/turn-servers";
import { throwIfAny } from "../../model/user-error";
import { readEnv } from "../../stacks/env";
import { findHost } from "../../stacks/host";
import { awsPlanFromFile, isOnAws, placeholderSecrets, planFromFile, withStackInFixes } from "../lib/load-stack";

/** The stack to plan capacity for, from its stack file. */
export interface PlanContext {
  readonly stack: string;
  readonly settings: Settings;
  readonly sites: readonly Site[];
  /** Lacks public addresses for a stack on AWS, where they are not known before deployment. */
  readonly fleet: Fleet;
  readonly aws?: AwsPlan;
}

/**
 * Reads a stack's file. Needs no AWS account, no container engine and none of the stack's secrets.
 * @throws UserError with every error in the file, or with the instance types whose capacity is not known
 */
export async function loadContext(stack: string): Promise<PlanContext> {
  return isOnAws(stack) ? onAws(stack) : here(stack);
}

async function here(stack: string): Promise<PlanContext> {
  const { fleet, settings } = await planFromFile(stack, placeholderSecrets(stack));
  const { cores } = await findHost(readEnv().machineFacts);
  const limits = { vcpus: cores, ...portLimits(fleet) };
  const kind = cores === 1 ? "1 core" : `${cores} cores`;
  return { stack, settings, fleet, sites: [{ name: "this machine", kind, limits, nodes: 1 }] };
}

function onAws(stack: string): PlanContext {
  const aws = awsPlanFromFile(stack, placeholderSecrets(stack));
  const { settings } = aws;
  withStackInFixes(stack, () => throwIfAny(instanceErrors(settings.regions)));
  const fleet = awsFleet(aws);
  return { stack, settings, aws, fleet, sites: awsSites(aws, fleet) };
}

/** Returns the regions of a stack on AWS. Omits regions whose instance type is not in the planner's table. */
export function awsSites({ settings }: AwsPlan, fleet: Fleet): Site[] {
  return settings.regions.flatMap((region, i): Site[] => {
    const type = instanceType(region.instanceType);
    if (type === undefined) return [];
    const limits = { vcpus: type.vcpus, egressMbps: internetMbps(type), ...portLimits(fleet) };
    const { name, nodes } = region;
    return [{ name, kind: type.name, limits, nodes, key: `livekit:regions[${i}]` }];
  });
}

/** Returns the port limits of a node. All LiveKit servers on a node share its media ports. */
function portLimits(fleet: Fleet): Pick<NodeLimits, "mediaPorts" | "relayPorts" | "turnUrls"> {
  const { ports, settings, nodes } = fleet;
  return {
    relayPorts: portCount(ports.relay),
    turnUrls: turnUrlCount(fleet, nodes[0]),
    ...(settings.mediaTransport === "range" && { mediaPorts: portCount(ports.media) }),
  };
}
