import ipaddr from "ipaddr.js";
import type { Settings } from "../settings/schema";
import { type Architecture, architectureOf } from "./processors";
import { type Place, placeOf, regionCode } from "./regions";

/** A region's network is cut into this many subnets. */
export const subnetsPerRegion = 8;
/** The first half are of nodes, a zone each; the second half, of what AWS gives addresses itself. Zones can be added later. */
export const mostZones = subnetsPerRegion / 2;
/** AWS keeps the first four addresses of a subnet, and its last. */
const firstHost = 4;
/** Zones that a region's nodes are spread over where the settings name none. */
export const defaultZones = 2;

/** One public subnet. */
export interface AwsSubnet {
  /** `a`, `b`, ... of nodes, `shared-a`, ... of what AWS gives addresses itself: part of its logical name. */
  readonly name: string;
  /** Which of the region's zones it is in, counted from 0. */
  readonly index: number;
  /** That zone, where the settings name it. */
  readonly zone?: string;
  readonly cidr: string;
}

/** One EC2 instance. */
export interface AwsNode {
  /** `<region code>-<number>`, such as `euc1-1`: also its DNS label. */
  readonly name: string;
  readonly region: string;
  readonly subnet: AwsSubnet;
  /** Stated, so that every file can be rendered before the instance is there. */
  readonly privateAddress: string;
  /** `<name>.<domain>`. */
  readonly dnsName: string;
  readonly instanceType: string;
  readonly architecture: Architecture;
}

export interface AwsRegion {
  /** `eu-central-1`. */
  readonly name: string;
  /** `euc1`. */
  readonly code: string;
  readonly cidr: string;
  readonly primary: boolean;
  readonly place: Place;
  /** `<code>.<domain>`: where joins of this region go, unless the stack has a single node. */
  readonly entryName: string;
  /** Of nodes, a zone each. */
  readonly subnets: readonly [AwsSubnet, ...AwsSubnet[]];
  /** Beside them, of load balancer and Redis. Empty where the region has neither. */
  readonly sharedSubnets: readonly AwsSubnet[];
  readonly nodes: readonly AwsNode[];
}

type RegionSettings = Settings["regions"][number];

/**
 * Plans one region. Nothing of a node depends on the region's place in the list or on the nodes after it: its zone and
 * its address follow from its number.
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
    // A region that the table lacks has its place in the settings: their rules say so.
    place: placeOf(region) as Place,
    entryName: `${code}.${domain}`,
    subnets,
    sharedSubnets: hasShared(settings, primary) ? subnets.map((subnet) => sharedSubnet(cidr, subnet)) : [],
    nodes: planNodes(region, code, subnets, domain),
  };
}

/** The one region of a stack is primary by itself. */
function isPrimary({ primary }: RegionSettings, { regions }: Settings): boolean {
  return primary ?? regions.length === 1;
}

/** Load balancers and Redis are given addresses by AWS: in a subnet of nodes these could be a coming node's. */
function hasShared({ loadBalancer, redis }: Settings, primary: boolean): boolean {
  return loadBalancer === "nlb" || (redis.mode === "elasticache" && primary);
}

function nodeSubnets({ cidr, zones }: RegionSettings): AwsRegion["subnets"] {
  const names = zones ?? Array.from({ length: defaultZones }, () => undefined);
  const subnets = names.map((zone, index): AwsSubnet => {
    const name = String.fromCharCode("a".charCodeAt(0) + index);
    return { name, index, ...(zone && { zone }), cidr: subnetCidr(cidr, index) };
  });
  return subnets as unknown as AwsRegion["subnets"];
}

function sharedSubnet(cidr: string, { name, index, zone }: AwsSubnet): AwsSubnet {
  return { name: `shared-${name}`, index, ...(zone && { zone }), cidr: subnetCidr(cidr, mostZones + index) };
}

function planNodes(
  region: RegionSettings,
  code: string,
  subnets: AwsRegion["subnets"],
  domain: string,
): readonly AwsNode[] {
  return Array.from({ length: region.nodes }, (_, i): AwsNode => {
    const place = subnets[i % subnets.length] ?? subnets[0];
    const name = `${code}-${i + 1}`;
    return {
      name,
      region: region.name,
      subnet: place,
      privateAddress: hostAddress(place.cidr, firstHost + Math.floor(i / subnets.length)),
      dnsName: `${name}.${domain}`,
      instanceType: region.instanceType,
      architecture: architectureOf(region.instanceType),
    };
  });
}

/** Length of the prefix of a region's subnets. */
export function subnetBits(cidr: string): number {
  return Number(cidr.split("/")[1]) + Math.log2(subnetsPerRegion);
}

function subnetCidr(cidr: string, index: number): string {
  const bits = subnetBits(cidr);
  return `${hostAddress(cidr, index * 2 ** (32 - bits))}/${bits}`;
}

function hostAddress(cidr: string, offset: number): string {
  const octets = ipaddr.IPv4.parse(cidr.split("/")[0] ?? "").octets;
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0) + offset;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
