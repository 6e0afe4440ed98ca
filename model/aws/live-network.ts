import type { Fault } from "../fault";
import type { Settings } from "../settings/schema";
import type { AwsRegion, AwsSubnet } from "./region-plan";

type RegionSettings = Pick<Settings, "regions">;

/** Title of the section of `docs/aws.md` with the way around. */
export const networkSection = "Change a region's network";

/**
 * Rejects another `cidr` for a region that has a network: AWS cannot change it, and a second network cannot have the nodes'
 * addresses while the first one exists.
 * @param live the network's range, as the stack's state has it
 */
export function cidrChangeFaults({ regions }: RegionSettings, region: AwsRegion, live: string): Fault[] {
  if (live === region.cidr) return [];
  const rule = `cannot change: the network of ${region.name} has ${live}`;
  return [changeFault(`${regionKey(regions, region)}.cidr`, region.cidr, rule, live)];
}

/**
 * Rejects another zone for a subnet that exists, and an instance type that EC2 does not offer in the zone of a node: the old
 * node would be drained and terminated before the new one fails to start.
 * @param offered zones that offer the region's instance type
 * @param live the subnet's zone, as the stack's state has it
 */
export function zoneFaults(
  { regions }: RegionSettings,
  region: AwsRegion,
  subnet: AwsSubnet,
  offered: readonly string[],
  live: string,
): Fault[] {
  const key = regionKey(regions, region);
  if (subnet.zone !== undefined && subnet.zone !== live) {
    const rule = `cannot change: the region's subnet ${subnet.name} is in ${live}`;
    return [changeFault(`${key}.zones[${subnet.index}]`, subnet.zone, rule, live)];
  }
  const node = region.nodes.find((each) => each.subnet.name === subnet.name);
  if (node === undefined || offered.includes(live)) return [];
  return [
    {
      key: `${key}.instanceType`,
      value: node.instanceType,
      rule: `is not offered in ${live}, the zone of ${node.name}`,
      fix: `Set another with: pulumi config set --path '${key}.instanceType' TYPE. List the types with: aws ec2 describe-instance-type-offerings --location-type availability-zone --filters Name=location,Values=${live} --region ${region.name}`,
    },
  ];
}

function regionKey(regions: Settings["regions"], { name }: AwsRegion): string {
  return `livekit:regions[${regions.findIndex((region) => region.name === name)}]`;
}

function changeFault(key: string, value: string, rule: string, live: string): Fault {
  const fix = `Set it back with: pulumi config set --path '${key}' ${live}. For another one see "${networkSection}" in docs/aws.md`;
  return { key, value, rule, fix };
}
