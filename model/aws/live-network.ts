import { setCommand } from "../settings/commands";
import type { Settings } from "../settings/schema";
import type { ConfigError } from "../user-error";
import { type Offer, startingNodes, typeError } from "./offer";
import type { AwsRegion, AwsSubnet } from "./region-plan";

type RegionSettings = Pick<Settings, "regions">;

/** Heading of the section in `docs/aws.md` that explains how to change an existing network. Errors refer to it. */
export const networkSection = "Change a region's network";

/**
 * Rejects a changed `cidr` for a region whose network exists. AWS cannot change a VPC's range, and a second VPC cannot
 * take over the nodes' addresses while the first one exists.
 * @param live the network's range, from the stack's state
 */
export function cidrChangeErrors({ regions }: RegionSettings, region: AwsRegion, live: string): ConfigError[] {
  if (live === region.cidr) return [];
  const rule = `cannot be changed: the network of ${region.name} has ${live}`;
  return [changeError(`${regionKey(regions, region)}.cidr`, region.cidr, rule, live)];
}

/**
 * Rejects a changed availability zone of an existing subnet, and an instance type that EC2 does not offer in a new
 * node's zone. Otherwise the rollout would drain and terminate the old node before the new node fails to start.
 * @param live the subnet's zone, from the stack's state
 */
export function zoneErrors(
  settings: RegionSettings,
  region: AwsRegion,
  subnet: AwsSubnet,
  offer: Offer,
  live: string,
): ConfigError[] {
  if (subnet.zone !== undefined && subnet.zone !== live) {
    const rule = `cannot be changed: the region's subnet ${subnet.name} is in ${live}`;
    return [changeError(`${regionKey(settings.regions, region)}.zones[${subnet.index}]`, subnet.zone, rule, live)];
  }
  const node = startingNodes(region, offer).find((each) => each.subnet.name === subnet.name);
  if (node === undefined || offer.zones[node.instanceType]?.includes(live)) return [];
  return [typeError(settings, region, offer, `is not offered in ${live}, the zone of ${node.name}`, [live])];
}

function regionKey(regions: Settings["regions"], { name }: AwsRegion): string {
  return `livekit:regions[${regions.findIndex((region) => region.name === name)}]`;
}

function changeError(key: string, value: string, rule: string, live: string): ConfigError {
  const fix = `Set it back with: ${setCommand(key, live)}. To change it, see "${networkSection}" in docs/aws.md`;
  return { key, value, rule, fix };
}
