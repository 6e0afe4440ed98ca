import { alarmsPerNode, hoursPerMonth, instanceHour, prices, secretsPerStack, volumeGigabytes } from "../aws/prices";
import type { Settings } from "../settings/schema";
import { megabytes, type Traffic } from "./load";

/** One line of a month's bill, in USD. */
export interface CostItem {
  readonly item: string;
  /** How it comes about, such as `2 x $0.005 an hour`. */
  readonly reckoning: string;
  readonly month: number;
}

/** Nodes of one instance type. */
export interface NodeGroup {
  readonly instanceType: string;
  readonly nodes: number;
}

export interface Bill {
  readonly items: readonly CostItem[];
  readonly month: number;
}

/**
 * A month's bill: what runs all month, and the traffic of the hours that the load is there. In the prices of
 * `model/aws/prices.ts`, which are those of us-east-1.
 * @param egressGigabytes a month, to the internet
 */
export function monthlyBill(groups: readonly NodeGroup[], alarms: Settings["alarms"], egressGigabytes: number): Bill {
  const nodes = groups.reduce((sum, group) => sum + group.nodes, 0);
  const items = [...groups.map(instances), ...perNode(nodes, alarms), secrets(), egress(egressGigabytes)];
  return { items, month: items.reduce((sum, { month }) => sum + month, 0) };
}

/**
 * Gigabytes that a traffic sends in so many hours; one 720p copy is 0.675 GB an hour.
 * @example egressGigabytes({egressMbps: 1.5}, 1) // 0.675
 */
export function egressGigabytes({ egressMbps }: Pick<Traffic, "egressMbps">, hours: number): number {
  return (megabytes(egressMbps) * 3600 * hours) / 1000;
}

/**
 * What gigabytes to the internet cost, tier by tier.
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

function instances({ instanceType, nodes }: NodeGroup): CostItem {
  const hour = instanceHour(instanceType) ?? 0;
  return {
    item: instanceType,
    reckoning: `${nodes} x $${Number(hour.toFixed(5))} an hour`,
    month: nodes * hour * hoursPerMonth,
  };
}

function perNode(nodes: number, alarms: Settings["alarms"]): CostItem[] {
  const watched = alarmsPerNode(alarms);
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
      reckoning: `${nodes} x (${watched} x $${prices.alarmMonth} + $${prices.metricMonth})`,
      month: nodes * (watched * prices.alarmMonth + prices.metricMonth),
    },
  ];
}

function secrets(): CostItem {
  return {
    item: "secrets",
    reckoning: `${secretsPerStack} x $${prices.secretMonth}`,
    month: secretsPerStack * prices.secretMonth,
  };
}

function egress(gigabytes: number): CostItem {
  const rounded = Math.round(gigabytes).toLocaleString("en-US");
  return { item: "egress to the internet", reckoning: `${rounded} GB, tier by tier`, month: egressCost(gigabytes) };
}
