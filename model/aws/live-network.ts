import { setCommand } from "../settings/commands";
import type { Settings } from "../settings/schema";
import type { ConfigError } from "../user-error";
import { type Offer, startingNodes, typeError } from "./offer";
import type { AwsRegion, AwsSubnet } from "./region-plan";

type RegionSettings = Pick<Settings, "regions">;

/** Title of the section of `docs/aws.md` with the way around. */
export const networkSection = "Change a region's network";

/**
 * Rejects another `cidr` for a region that has a network: AWS cannot change it, and a second network cannot have the nodes'
 * addresses while the first one exists.
 * @param live the network's range, as the stack's state has it
 */
export function cidrChangeErrors({ regions }: RegionSettings, region: AwsRegion, live: string): ConfigError[] {
  if (live === region.cidr) return [];
  const rule = `cannot change: the network of ${region.name} has ${live}`;
  return [changeError(`${regionKey(regions, region)}.cidr`, region.cidr, rule, live)];
}

/**
 * Rejects another zone for a subnet that exists, and an instance type that EC2 does not offer in the zone of a node that has to
 * start: the old node would be drained and terminated before the new one fails to start.
 * @param live the subnet's zone, as the stack's state has it
 */
export function zoneErrors(
  settings: RegionSettings,
  region: AwsRegion,
  subnet: AwsSubnet,
  offer: Offer,
  live: string,
): ConfigError[] {
  if (subnet.zone !== undefined && subnet.zone !== live) {
    const rule = `cannot change: the region's subnet ${subnet.name} is in ${live}`;
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
  const fix = `Set it back with: ${setCommand(key, live)}. For another one see "${networkSection}" in docs/aws.md`;
  return { key, value, rule, fix };
}
