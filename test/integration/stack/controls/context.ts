import { type Fleet, type FleetNode, planLocalFleet } from "../../../../model/fleet";
import { machineFactNames } from "../../../../stacks/env";
import { findHost } from "../../../../stacks/host";
import { configure, monitoredSecrets } from "../../../support/settings";
import type { TestStack } from "../../../support/stack";

/** A running stack, and the services and ports that its settings result in. */
export interface TestContext {
  readonly stack: TestStack;
  readonly fleet: Fleet;
  readonly node: FleetNode;
}

/**
 * Computes the stack's plan like the stack's own commands. The plan contains no secret, so any valid secrets suffice.
 */
export async function examine(stack: TestStack): Promise<TestContext> {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const values = Object.fromEntries(Object.entries(stack.settings).map(([key, value]) => [key, text(value)]));
  const env = stack.values(".env");
  const imageSource = env[machineFactNames.imageSource];
  const host = await findHost(imageSource === undefined ? {} : { imageSource });
  const fleet = planLocalFleet(configure(values, monitoredSecrets).settings, host);
  return { stack, fleet, node: fleet.nodes[0] };
}
