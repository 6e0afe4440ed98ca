import { type InstanceType, instanceTypes, vcpusOf } from "../capacity/instances";
import type { NonEmpty } from "../required";
import { setCommand } from "../settings/commands";
import type { Settings } from "../settings/schema";
import type { ConfigError } from "../user-error";
import { instanceHour } from "./prices";
import { architectureOf } from "./processors";
import type { AwsNode, AwsRegion } from "./region-plan";

type RegionSettings = Pick<Settings, "regions">;

/** Instance types that EC2 offers in a region, and the nodes that need no new instance. */
export interface Offer {
  /** Availability zones by instance type, for the settings' type and similar types. */
  readonly zones: Readonly<Record<string, readonly string[]>>;
  /**
   * Names of nodes that already run with the settings' type. They keep running even if EC2 no longer offers that type.
   */
  readonly unchanged: readonly string[];
}

/**
 * Returns instance types with the same architecture and a similar number of vCPUs: the same family letter first, then
 * the cheapest.
 */
export function similarTypes(name: string): readonly string[] {
  const [family = "", size = ""] = name.split(".");
  const others = instanceTypes.filter(
    (type) => type.name !== name && architectureOf(type.name) === architectureOf(name),
  );
  const distance = ({ vcpus }: InstanceType) => Math.abs(vcpus - (vcpusOf(size) || vcpusOf("large")));
  const nearest = Math.min(...others.map(distance));
  const price = (type: string) => instanceHour(type) ?? Number.POSITIVE_INFINITY;
  return others
    .filter((type) => distance(type) === nearest)
    .map((type) => type.name)
    .toSorted((a, b) => Number(b[0] === family[0]) - Number(a[0] === family[0]) || price(a) - price(b));
}

/**
 * Maps each offered instance type to its zones in alphabetical order.
 * @param types instance type of each offering
 * @param locations zone of each offering
 */
export function zonesByType(
  { name }: AwsRegion,
  types: readonly string[],
  locations: readonly string[],
): Readonly<Record<string, readonly string[]>> {
  // Availability Zones end in one letter. Local Zones have longer names.
  const isOwn = (zone: string) => zone.startsWith(name) && /^[a-z]$/.test(zone.slice(name.length));
  const zonesOf = (type: string) => locations.filter((zone, i) => types[i] === type && isOwn(zone)).toSorted();
  return Object.fromEntries(types.map((type) => [type, zonesOf(type)]));
}

/** Returns the availability zones for new subnets, in order, if the settings specify no zones. */
export function zonesOf({ name, nodes }: AwsRegion, { zones }: Offer): NonEmpty<string> {
  const [first = `${name}a`, ...others] = zones[nodes[0].instanceType] ?? [];
  return [first, ...others];
}

/** Returns the nodes to create, and the nodes to replace because their instance type changes. */
export function startingNodes({ nodes }: AwsRegion, { unchanged }: Offer): readonly AwsNode[] {
  return nodes.filter(({ name }) => !unchanged.includes(name));
}

/**
 * Rejects an instance type for new nodes if the region does not offer it, if a zone in the settings does not offer it,
 * or if too few zones offer it.
 */
export function offerErrors(settings: RegionSettings, region: AwsRegion, offer: Offer): ConfigError[] {
  const starting = startingNodes(region, offer);
  const [node] = starting;
  if (node === undefined) return [];
  const { name, subnets, sharedSubnets } = region;
  const zones = offer.zones[node.instanceType] ?? [];
  if (zones.length === 0) return [typeError(settings, region, offer, `is not offered in ${name}`, [])];
  const named = [...new Set(starting.flatMap(({ subnet }) => subnet.zone ?? []))];
  const missing = named.filter((zone) => !zones.includes(zone));
  if (missing.length > 0) {
    const rule = `is not offered in ${missing.join(", ")}, only in ${zones.join(", ")}`;
    return [typeError(settings, region, offer, rule, named)];
  }
  // Requires several zones: a load balancer takes only one subnet per zone, and a Redis in one zone would fail with
  // that zone.
  if (named.length > 0 || sharedSubnets.length === 0 || zones.length >= subnets.length) return [];
  const rule = `is offered only in ${zones.join(", ")}, and ${name} needs ${subnets.length} zones for its load balancer or Redis`;
  return [typeError(settings, region, offer, rule, [])];
}

/**
 * Rejects the settings' instance type and suggests a type that EC2 offers.
 * @param needed zones that must offer the suggested type. If the list is empty, any zones may offer the type, but there
 * must be enough of them for the region's subnets
 */
export function typeError(
  { regions }: RegionSettings,
  { name, subnets, sharedSubnets, nodes }: AwsRegion,
  { zones }: Offer,
  rule: string,
  needed: readonly string[],
): ConfigError {
  const index = regions.findIndex((region) => region.name === name);
  const key = `livekit:regions[${index}].instanceType`;
  const value = nodes[0].instanceType;
  const enough = needed.length > 0 || sharedSubnets.length === 0 ? 1 : subnets.length;
  const other = similarTypes(value).find((type) => {
    const offered = zones[type] ?? [];
    return offered.length >= enough && needed.every((zone) => offered.includes(zone));
  });
  const filter = needed.length > 0 ? ` --filters Name=location,Values=${needed.join(",")}` : "";
  const list = `List the types with: aws ec2 describe-instance-type-offerings --location-type availability-zone${filter} --region ${name}`;
  return {
    key,
    value,
    rule,
    fix: other === undefined ? list : `Set another type with: ${setCommand(key, other)}. ${list}`,
  };
}
