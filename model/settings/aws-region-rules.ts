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
        rule: "is required on AWS: at least one region with its network and nodes",
        fix: "Set it with: pulumi config set --path 'livekit:regions[0].name' eu-central-1, and the members of Pulumi.prod.yaml",
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
    const rule = "is in a partition of AWS of its own, and this release makes stacks in the public one alone";
    return [error(index, "name", name, rule, `${set(index, "name", "eu-central-1")}, or to another public region`)];
  }
  if (placeOf(region) === undefined) {
    const near = closest(name, Object.keys(awsRegions));
    const rule = `is no AWS region that this release has the coordinates of; the nearest name is ${near}`;
    const fix = `${set(index, "name", near)}, or tell where it is with its members lat and lon`;
    return [error(index, "name", name, rule, fix)];
  }
  const first = regions.findIndex((other) => other.name === name);
  const remove = `remove it with: ${removeCommand(`livekit:regions[${index}]`)}`;
  if (first < index) {
    const fix = `Count its nodes in livekit:regions[${first}].nodes and ${remove}`;
    return [error(index, "name", name, `stands at livekit:regions[${first}] already`, fix)];
  }
  const code = regionCode(name);
  const alike = regions.slice(0, index).find((other) => regionCode(other.name) === code);
  if (alike === undefined) return [];
  return [error(index, "name", name, `has the short form ${code}, as ${alike.name} has`, `To go on, ${remove}`)];
}

/**
 * Prefix lengths of a region's network. AWS's smallest and largest subnets (/28, /16) limit it, because subnets are cut
 * from it.
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
      `must be from /${networkBits.widest} to /${networkBits.narrowest}: ${subnetsPerRegion} subnets are cut from it`,
    );
  } else if (largestSubnetLoad(region) > addressCount(subnetBits(cidr)) - keptAddresses) {
    add(`has subnets of /${subnetBits(cidr)}, too small for ${region.nodes} nodes`);
  }
  if (!privateNetworks.some((network) => holds(network, cidr))) {
    add(`must be a private network: within ${privateNetworks.join(", ")}`);
  }
  for (const [other, { cidr: theirs }] of regions.slice(0, index).entries()) {
    if (networksOverlap(cidr, theirs)) add(`overlaps ${theirs} of livekit:regions[${other}]: regions are peered`);
  }
  return errors;
}

function largestSubnetLoad({ nodes, zones }: Region): number {
  return Math.ceil(nodes / (zones?.length ?? defaultZones));
}

function zoneErrors({ name, zones = [] }: Region, index: number): ConfigError[] {
  if (zones.length > mostZones) {
    const rule = `must be at most ${mostZones}: the network is cut into two subnets for each of so many`;
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
    return [error(index, key, zone, "is named twice", fix)];
  });
}

/** Rejects a latitude without a longitude, and the reverse. */
function placeErrors({ lat, lon }: Region, index: number): ConfigError[] {
  if ((lat === undefined) === (lon === undefined)) return [];
  const [given, missing] = lat === undefined ? ["lon", "lat"] : ["lat", "lon"];
  return [error(index, missing, undefined, `is required where ${given} is set`, set(index, missing, "50.1"))];
}

function primaryErrors(regions: readonly Region[]): ConfigError[] {
  const primaries = regions.filter(({ primary }) => primary);
  if (primaries.length === 1 || (primaries.length === 0 && regions.length === 1)) return [];
  return [
    {
      key: "livekit:regions",
      value: primaries.map(({ name }) => name),
      rule: "must have exactly one region that is primary: it holds Redis",
      fix: onePrimary(regions),
    },
  ];
}

function onePrimary(regions: readonly Region[]): string {
  const [, ...others] = regions.flatMap(({ primary }, i) => (primary ? [i] : []));
  if (others.length === 0) return set(0, "primary", true);
  return `Keep one with: ${removeCommand(...others.map((i) => `livekit:regions[${i}].primary`))}`;
}

function error(index: number, member: string, value: unknown, rule: string, fix: string): ConfigError {
  return { key: `livekit:regions[${index}].${member}`, value, rule, fix };
}

function set(index: number, member: string, value: unknown): string {
  return `Set it with: ${setCommand(`livekit:regions[${index}].${member}`, value)}`;
}
