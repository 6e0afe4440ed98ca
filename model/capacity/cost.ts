import {
  alarmsPerNode,
  balancerMonth,
  defaultCacheNodeType,
  hoursPerMonth,
  instanceHour,
  logGigabytesPerNode,
  metricsPerNode,
  prices,
  redisMonth,
  requestThousands,
  secretsPerStack,
  sharedMonth,
  volumeGigabytes,
} from "../aws/prices";
import type { Settings } from "../settings/schema";
import { megabytes, type Traffic } from "./load";

/** One line of a monthly bill, in USD. */
export interface CostItem {
  readonly item: string;
  /** How the amount is calculated, such as `2 x $0.005 an hour`. */
  readonly reckoning: string;
  readonly month: number;
}

/** The nodes of one type in one region. */
export interface NodeGroup {
  readonly region: string;
  readonly instanceType: string;
  readonly nodes: number;
}

/** Traffic that AWS bills, in gigabytes per month. */
export interface BilledTraffic {
  readonly egress: number;
  /** Traffic between Redis in the primary region and the nodes of other regions, in both directions. */
  readonly crossRegion: number;
}

export interface Bill {
  readonly items: readonly CostItem[];
  readonly month: number;
}

/** Settings that the bill depends on, besides nodes and traffic. */
export type BilledSettings = Pick<Settings, "alarms" | "monitoring" | "redis" | "loadBalancer">;

/**
 * Returns a monthly bill: resources that run all month, plus the traffic of the load's hours. Uses the us-east-1 prices
 * of `model/aws/prices.ts`. Several nodes need a shared Redis and a load balancer. If the settings have neither because
 * they are for a single node, the bill of several nodes still includes ElastiCache and one load balancer per region.
 */
export function monthlyBill(groups: readonly NodeGroup[], settings: BilledSettings, traffic: BilledTraffic): Bill {
  const nodes = groups.reduce((sum, group) => sum + group.nodes, 0);
  const items = [
    ...groups.map(instances),
    ...perNode(nodes, settings),
    ...redis(nodes, settings),
    ...entry(nodes, groups.length, settings),
    secrets(),
    egress(traffic.egress),
    ...(groups.length > 1 ? [crossRegion(traffic.crossRegion)] : []),
  ];
  return { items, month: items.reduce((sum, { month }) => sum + month, 0) };
}

/**
 * Returns the gigabytes that this traffic sends in a number of hours. One 720p copy sends 0.675 GB an hour.
 * @example egressGigabytes({egressMbps: 1.5}, 1) // 0.675
 */
export function egressGigabytes({ egressMbps }: Pick<Traffic, "egressMbps">, hours: number): number {
  return (megabytes(egressMbps) * 3600 * hours) / 1000;
}

/**
 * Signalling traffic, in Mbps, of a participant whose node is in another region than Redis: joins, speakers, qualities
 * and pings take half a kilobyte a second. This is a high assumption, because no figure is published. Media never
 * crosses regions: a room is on one node, which its participants reach over the internet.
 */
const signallingMbps = 0.004;

/** Returns the gigabytes sent between regions in a number of hours. */
export function crossRegionGigabytes(participantsBesidePrimary: number, hours: number): number {
  return egressGigabytes({ egressMbps: participantsBesidePrimary * signallingMbps }, hours);
}

/**
 * Returns the cost of traffic to the internet, tier by tier.
 * @example egressCost(1100) // 90: the first 100 are free, the next 1000 $0.09 each
 */
export function egressCost(gigabytes: number): number {
  let [below, cost] = [0, 0];
  for (const { upToGigabytes, gigabyte } of prices.egressTiers) {
    cost += Math.max(0, Math.min(gigabytes, upToGigabytes) - below) * gigabyte;
    below = upToGigabytes;
  }
  return cost;
}

function instances({ region, instanceType, nodes }: NodeGroup): CostItem {
  const hour = instanceHour(instanceType) ?? 0;
  return {
    item: `${instanceType}, ${region}`,
    reckoning: `${nodes} x $${Number(hour.toFixed(5))} an hour`,
    month: nodes * hour * hoursPerMonth,
  };
}

function perNode(nodes: number, settings: BilledSettings): CostItem[] {
  const [watched, metrics] = [alarmsPerNode(settings), metricsPerNode(settings)];
  return [
    {
      item: "public IPv4 addresses",
      reckoning: `${nodes} x $${prices.addressHour} an hour`,
      month: nodes * prices.addressHour * hoursPerMonth,
    },
    {
      item: "volumes",
      reckoning: `${nodes} x ${volumeGigabytes} GB x $${prices.volumeGigabyteMonth}`,
      month: nodes * volumeGigabytes * prices.volumeGigabyteMonth,
    },
    {
      item: "alarms, metrics",
      reckoning: `${nodes} x (${watched} x $${prices.alarmMonth} + ${metrics} x $${prices.metricMonth})`,
      month: nodes * (watched * prices.alarmMonth + metrics * prices.metricMonth),
    },
    ...(settings.monitoring ? watching(nodes) : []),
  ];
}

function watching(nodes: number): CostItem[] {
  return [
    {
      item: "metrics sent every minute",
      reckoning: `${nodes} x ${requestThousands} thousand x $${prices.metricThousand}`,
      month: nodes * requestThousands * prices.metricThousand,
    },
    {
      item: "logs off the nodes",
      reckoning: `${nodes} x ${logGigabytesPerNode} GB x $${prices.logGigabyte}, assumed`,
      month: nodes * logGigabytesPerNode * prices.logGigabyte,
    },
  ];
}

function redis(nodes: number, { redis: { mode = "node", nodeType } }: BilledSettings): CostItem[] {
  const shared = mode === "elasticache" || (mode === "node" && nodes > 1);
  if (!shared) return [];
  const type = nodeType ?? defaultCacheNodeType;
  const month = redisMonth(type);
  const reckoning = month === undefined ? "has no price in the table: not counted" : "two nodes, in two zones";
  return [{ item: `Redis, ${type}`, reckoning, month: month ?? 0 }];
}

function entry(nodes: number, regions: number, { loadBalancer }: BilledSettings): CostItem[] {
  if (loadBalancer === "dns") {
    const reckoning = `${nodes} x $${prices.healthCheckMonth}`;
    return [{ item: "health checks", reckoning, month: nodes * prices.healthCheckMonth }];
  }
  if (loadBalancer === "none" && nodes <= 1) return [];
  return [{ item: "load balancers", reckoning: `${regions} x $${balancerMonth}`, month: regions * balancerMonth }];
}

function secrets(): CostItem {
  return {
    item: "secrets, signing key",
    reckoning: `${secretsPerStack} x $${prices.secretMonth} + $${prices.keyMonth}`,
    month: sharedMonth,
  };
}

function egress(gigabytes: number): CostItem {
  return {
    item: "egress to the internet",
    reckoning: `${amount(gigabytes)}, tier by tier`,
    month: egressCost(gigabytes),
  };
}

function crossRegion(gigabytes: number): CostItem {
  return {
    item: "between regions",
    reckoning: `${amount(gigabytes)} x $${prices.crossRegionGigabyte}, signalling at most`,
    month: gigabytes * prices.crossRegionGigabyte,
  };
}

function amount(gigabytes: number): string {
  return `${Math.round(gigabytes).toLocaleString("en-US")} GB`;
}
