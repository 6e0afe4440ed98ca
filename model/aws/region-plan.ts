import { addressAt, addressCount, prefixLength } from "../cidr";
import { type NonEmpty, nonEmpty } from "../required";
import type { Settings } from "../settings/schema";
import { type Architecture, architectureOf } from "./processors";
import { type Place, placeOf, regionCode } from "./regions";

/** Number of equal subnets that a region's network is divided into. */
export const subnetsPerRegion = 8;
/**
 * The first half of the subnets is for nodes, one per zone. The second half is for resources whose addresses AWS
 * assigns. The layout leaves room to add zones later.
 */
export const mostZones = subnetsPerRegion / 2;
/** AWS reserves the first four addresses of a subnet, and its last. */
const firstHost = 4;
/** Number of zones for a region's nodes if the settings specify no zones. */
export const defaultZones = 2;

/** One public subnet. */
export interface AwsSubnet {
  /** `a`, `b`, ... for nodes; `shared-a`, ... for resources whose addresses AWS assigns. Part of the logical name. */
  readonly name: string;
  /** Index of its zone in the region, from 0. */
  readonly index: number;
  /** Zone name, if the settings have one. */
  readonly zone?: string;
  readonly cidr: string;
}

/** One EC2 instance. */
export interface AwsNode {
  /** `<region code>-<number>`, such as `euc1-1`. Also its DNS label. */
  readonly name: string;
  readonly region: string;
  readonly subnet: AwsSubnet;
  /** Private address. Fixed in the plan, so that every file can be rendered before the instance exists. */
  readonly privateAddress: string;
  /** `<name>.<domain>`. */
  readonly dnsName: string;
  readonly instanceType: string;
  readonly architecture: Architecture;
}

export interface AwsRegion {
  /** Name of the AWS region, such as `eu-central-1`. */
  readonly name: string;
  /** Short code of the region, such as `euc1`. */
  readonly code: string;
  readonly cidr: string;
  readonly primary: boolean;
  readonly place: Place;
  /** `<code>.<domain>`. Clients join in this region through this name. Not used if the stack has a single node. */
  readonly entryName: string;
  /** Subnets for nodes, one per zone. */
  readonly subnets: NonEmpty<AwsSubnet>;
  /** Additional subnets for load balancer and Redis. Empty if the region has neither. */
  readonly sharedSubnets: readonly AwsSubnet[];
  readonly nodes: NonEmpty<AwsNode>;
}

type RegionSettings = Settings["regions"][number];

/**
 * Plans one region. A node's zone and address follow from its number only. They don't depend on the region's position
 * in the list or on later nodes.
 */
export function planRegion(region: RegionSettings, settings: Settings, domain: string): AwsRegion {
  const { name, cidr } = region;
  const code = regionCode(name);
  const primary = isPrimary(region, settings);
  const subnets = nodeSubnets(region);
  return {
    name,
    code,
    cidr,
    primary,
    // If the table lacks the region, the validation rules require coordinates in the settings, so a place is defined.
    place: placeOf(region) as Place,
    entryName: `${code}.${domain}`,
    subnets,
    sharedSubnets: hasShared(settings, primary) ? subnets.map((subnet) => sharedSubnet(cidr, subnet)) : [],
    nodes: planNodes(region, code, subnets, domain),
  };
}

/** A stack's only region is the primary one by default. */
function isPrimary({ primary }: RegionSettings, { regions }: Settings): boolean {
  return primary ?? regions.length === 1;
}

/**
 * Reports whether a region needs separate subnets for load balancer and Redis. AWS assigns the addresses of both. In a
 * node's subnet, AWS could assign an address that the plan gives to a future node.
 */
function hasShared({ loadBalancer, redis }: Settings, primary: boolean): boolean {
  return loadBalancer === "nlb" || (redis.mode === "elasticache" && primary);
}

function nodeSubnets({ cidr, zones }: RegionSettings): AwsRegion["subnets"] {
  const names = zones ?? Array.from({ length: defaultZones }, () => undefined);
  const subnets = names.map((zone, index): AwsSubnet => {
    const name = String.fromCharCode("a".charCodeAt(0) + index);
    return { name, index, ...(zone && { zone }), cidr: subnetCidr(cidr, index) };
  });
  return nonEmpty(subnets, "subnets");
}

function sharedSubnet(cidr: string, { name, index, zone }: AwsSubnet): AwsSubnet {
  return { name: `shared-${name}`, index, ...(zone && { zone }), cidr: subnetCidr(cidr, mostZones + index) };
}

function planNodes(
  region: RegionSettings,
  code: string,
  subnets: AwsRegion["subnets"],
  domain: string,
): AwsRegion["nodes"] {
  const nodes = Array.from({ length: region.nodes }, (_, i): AwsNode => {
    const place = subnets[i % subnets.length] ?? subnets[0];
    const name = `${code}-${i + 1}`;
    return {
      name,
      region: region.name,
      subnet: place,
      privateAddress: addressAt(place.cidr, firstHost + Math.floor(i / subnets.length)),
      dnsName: `${name}.${domain}`,
      instanceType: region.instanceType,
      architecture: architectureOf(region.instanceType),
    };
  });
  return nonEmpty(nodes, "nodes");
}

/** Returns the prefix length of a region's subnets. */
export function subnetBits(cidr: string): number {
  return prefixLength(cidr) + Math.log2(subnetsPerRegion);
}

function subnetCidr(cidr: string, index: number): string {
  const bits = subnetBits(cidr);
  return `${addressAt(cidr, index * addressCount(bits))}/${bits}`;
}
