import { closest } from "fastest-levenshtein";
import { defaultZones, mostZones, subnetBits, subnetsPerRegion } from "../aws/region-plan";
import { awsRegions, inOtherPartition, placeOf, regionCode } from "../aws/regions";
import { addressCount, holds, networksOverlap, prefixLength, privateNetworks } from "../cidr";
import type { ConfigError } from "../user-error";
import { removeCommand, setCommand } from "./commands";
import type { Settings } from "./schema";

type Region = Settings["regions"][number];

/** Validates the regions, each alone and against each other. */
export function regionErrors({ regions }: Pick<Settings, "regions">): ConfigError[] {
  if (regions.length === 0) {
    return [
      {
        key: "livekit:regions",
        rule: "is required on AWS: set at least one region with its network and nodes",
        fix: "Set it with: pulumi config set --path 'livekit:regions[0].name' eu-central-1, then set its other members as in Pulumi.prod.yaml",
      },
    ];
  }
  return [
    ...regions.flatMap((region, i) => [
      ...nameErrors(region, i, regions),
      ...networkErrors(region, i, regions),
      ...zoneErrors(region, i),
      ...placeErrors(region, i),
    ]),
    ...primaryErrors(regions),
  ];
}

function nameErrors(region: Region, index: number, regions: readonly Region[]): ConfigError[] {
  const { name } = region;
  if (inOtherPartition(name)) {
    const rule = "must be in AWS's public partition: this release supports no other";
    return [error(index, "name", name, rule, `${set(index, "name", "eu-central-1")}, or to another public region`)];
  }
  if (placeOf(region) === undefined) {
    const near = closest(name, Object.keys(awsRegions));
    const rule = `is not an AWS region that this release knows; the closest name is ${near}`;
    const fix = `${set(index, "name", near)}, or set its coordinates in the members lat and lon`;
    return [error(index, "name", name, rule, fix)];
  }
  const first = regions.findIndex((other) => other.name === name);
  const remove = removeCommand(`livekit:regions[${index}]`);
  if (first < index) {
    const fix = `Add its nodes to livekit:regions[${first}].nodes and remove it with: ${remove}`;
    return [error(index, "name", name, `is already at livekit:regions[${first}]`, fix)];
  }
  const code = regionCode(name);
  const alike = regions.slice(0, index).find((other) => regionCode(other.name) === code);
  if (alike === undefined) return [];
  return [
    error(
      index,
      "name",
      name,
      `must not have the same short code as ${alike.name}: ${code}`,
      `Remove it with: ${remove}`,
    ),
  ];
}

/**
 * Prefix lengths of a region's network. The range follows from AWS's smallest and largest subnets (/28, /16), because
 * subnets are cut from the network.
 */
const networkBits = { widest: 16, narrowest: 25 } as const;
/** AWS reserves five addresses of every subnet. */
const keptAddresses = 5;

function networkErrors(region: Region, index: number, regions: readonly Region[]): ConfigError[] {
  const { cidr } = region;
  const bits = prefixLength(cidr);
  const errors: ConfigError[] = [];
  const add = (rule: string) => errors.push(error(index, "cidr", cidr, rule, set(index, "cidr", `10.${index}.0.0/16`)));
  if (bits < networkBits.widest || bits > networkBits.narrowest) {
    add(
      `must be from /${networkBits.widest} to /${networkBits.narrowest}: it is divided into ${subnetsPerRegion} subnets`,
    );
  } else if (largestSubnetLoad(region) > addressCount(subnetBits(cidr)) - keptAddresses) {
    add(`is too small for ${region.nodes} nodes: its subnets are /${subnetBits(cidr)}`);
  }
  if (!privateNetworks.some((network) => holds(network, cidr))) {
    add(`must be a private network within ${privateNetworks.join(", ")}`);
  }
  for (const [other, { cidr: theirs }] of regions.slice(0, index).entries()) {
    if (networksOverlap(cidr, theirs))
      add(`must not overlap ${theirs} of livekit:regions[${other}]: the VPCs of the regions are peered`);
  }
  return errors;
}

function largestSubnetLoad({ nodes, zones }: Region): number {
  return Math.ceil(nodes / (zones?.length ?? defaultZones));
}

function zoneErrors({ name, zones = [] }: Region, index: number): ConfigError[] {
  if (zones.length > mostZones) {
    const rule = `must be at most ${mostZones} zones: the network is divided into two subnets for each`;
    const others = zones.slice(mostZones).map((_, i) => `livekit:regions[${index}].zones[${zones.length - 1 - i}]`);
    return [error(index, "zones", zones, rule, `Remove the others with: ${removeCommand(...others)}`)];
  }
  return zones.flatMap((zone, i): ConfigError[] => {
    const key = `zones[${i}]`;
    if (!/^[a-z]$/.test(zone.slice(name.length)) || !zone.startsWith(name)) {
      const rule = `must be a zone of ${name}, such as ${name}a`;
      return [error(index, key, zone, rule, set(index, key, `${name}${String.fromCharCode(97 + i)}`))];
    }
    if (zones.indexOf(zone) === i) return [];
    const fix = `Remove it with: ${removeCommand(`livekit:regions[${index}].${key}`)}`;
    return [error(index, key, zone, "must not be listed twice", fix)];
  });
}

/** Rejects a latitude without a longitude, and the reverse. */
function placeErrors({ lat, lon }: Region, index: number): ConfigError[] {
  if ((lat === undefined) === (lon === undefined)) return [];
  const [given, missing] = lat === undefined ? ["lon", "lat"] : ["lat", "lon"];
  return [error(index, missing, undefined, `is required when ${given} is set`, set(index, missing, "50.1"))];
}

function primaryErrors(regions: readonly Region[]): ConfigError[] {
  const primaries = regions.filter(({ primary }) => primary);
  if (primaries.length === 1 || (primaries.length === 0 && regions.length === 1)) return [];
  return [
    {
      key: "livekit:regions",
      value: primaries.map(({ name }) => name),
      rule: "the list must have exactly one primary region, which hosts Redis",
      fix: onePrimary(regions),
    },
  ];
}

function onePrimary(regions: readonly Region[]): string {
  const [, ...others] = regions.flatMap(({ primary }, i) => (primary ? [i] : []));
  if (others.length === 0) return set(0, "primary", true);
  return `Keep only the first with: ${removeCommand(...others.map((i) => `livekit:regions[${i}].primary`))}`;
}

function error(index: number, member: string, value: unknown, rule: string, fix: string): ConfigError {
  return { key: `livekit:regions[${index}].${member}`, value, rule, fix };
}

function set(index: number, member: string, value: unknown): string {
  return `Set it with: ${setCommand(`livekit:regions[${index}].${member}`, value)}`;
}
