import type { Settings } from "../settings/schema";

/**
 * What AWS asks for in us-east-1, on demand, in USD, as of November 2026; other regions differ, Frankfurt is some 15% dearer.
 * Sources: https://aws.amazon.com/ec2/pricing/on-demand/, /vpc/pricing/, /ebs/pricing/, /secrets-manager/pricing/,
 * /cloudwatch/pricing/, /route53/pricing/.
 */
export const prices = {
  instanceHour: { "c7i.large": 0.08925, "c7g.large": 0.0725 } as Readonly<Record<string, number>>,
  /** A public IPv4 address, in use or not. */
  addressHour: 0.005,
  /** A gigabyte of gp3, with its first 3000 operations a second. */
  volumeGigabyteMonth: 0.08,
  secretMonth: 0.4,
  alarmMonth: 0.1,
  /** A metric of one's own. */
  metricMonth: 0.3,
  /** A gigabyte to the internet, after the first 100 of a month. */
  egressGigabyte: 0.09,
  /** A gigabyte of logs taken in. */
  logGigabyte: 0.5,
} as const;

/** Hours of a month, as AWS counts them. */
export const hoursPerMonth = 730;

/** Size of a node's volume: Debian, four images, their logs and two bundles take a third of it. */
export const volumeGigabytes = 20;

/** The stack's two secrets, which its nodes share. */
const secretsPerStack = 2;
/** Status, processor, certificate. */
const alarmsPerNode = 3;

/**
 * What one node costs a month without its traffic, in USD; undefined for an instance type that the table has no price of.
 * @example nodeMonth("c7i.large", {}) // 71
 */
export function nodeMonth(instanceType: string, alarms: Settings["alarms"]): number | undefined {
  const instance = prices.instanceHour[instanceType];
  if (instance === undefined) return undefined;
  const alarmCount = alarmsPerNode + (alarms.egressGigabytesPerDay === undefined ? 0 : 1);
  return Math.round(
    (instance + prices.addressHour) * hoursPerMonth +
      volumeGigabytes * prices.volumeGigabyteMonth +
      alarmCount * prices.alarmMonth +
      prices.metricMonth,
  );
}

/** What the whole stack shares a month, in USD, beside cents for the bucket and the zone that is there already. */
export const sharedMonth = secretsPerStack * prices.secretMonth;
