import { vcpusOf } from "../capacity/instances";
import type { Settings } from "../settings/schema";

/** What the prices below are, for whoever is shown a sum of them. */
export const pricesAre = "on demand in us-east-1, July to November 2026";

/**
 * What AWS asks for in us-east-1, on demand, in USD, as of November 2026; other regions differ, Frankfurt is some 15% dearer.
 * Sources: https://aws.amazon.com/ec2/pricing/on-demand/, /vpc/pricing/, /ebs/pricing/, /secrets-manager/pricing/,
 * /cloudwatch/pricing/, /route53/pricing/, /elasticloadbalancing/pricing/, /elasticache/pricing/.
 */
export const prices = {
  /**
   * By family: within one an instance's price is that of its vCPUs. As of July 2026, by way of the list that Karpenter
   * generates from AWS's own (aws/karpenter-provider-aws, `zz_generated.pricing_aws.go`).
   */
  vcpuHour: {
    c6i: 0.0425,
    c6in: 0.0567,
    c7i: 0.044625,
    c8i: 0.046855,
    m7i: 0.0504,
    c6g: 0.034,
    c7g: 0.03625,
    c8g: 0.03988,
    m7g: 0.0408,
    c7gn: 0.0624,
  } as Readonly<Record<string, number>>,
  /** A public IPv4 address, in use or not. */
  addressHour: 0.005,
  /** A gigabyte of gp3, with its first 3000 operations a second. */
  volumeGigabyteMonth: 0.08,
  secretMonth: 0.4,
  alarmMonth: 0.1,
  /** A metric of one's own. */
  metricMonth: 0.3,
  /** A gigabyte to the internet, up to so many in a month; each tier's price is that of the gigabytes within it. */
  egressTiers: [
    { upToGigabytes: 100, gigabyte: 0 },
    { upToGigabytes: 10_240, gigabyte: 0.09 },
    { upToGigabytes: 51_200, gigabyte: 0.085 },
    { upToGigabytes: 153_600, gigabyte: 0.07 },
    { upToGigabytes: Number.POSITIVE_INFINITY, gigabyte: 0.05 },
  ],
  /** A thousand times that a node tells its metrics. */
  metricThousand: 0.01,
  /** A gigabyte of logs taken in. */
  logGigabyte: 0.5,
  /** A network load balancer, and each unit of its work: a gigabyte an hour, or 100,000 open connections. */
  balancerHour: 0.0225,
  balancerUnitHour: 0.006,
  /** One of ElastiCache's nodes with Redis; a group has two. */
  cacheNodeHour: {
    "cache.t4g.micro": 0.016,
    "cache.t4g.small": 0.032,
    "cache.t4g.medium": 0.065,
    "cache.m7g.large": 0.158,
  } as Readonly<Record<string, number>>,
  /** Of an address at AWS over HTTPS, every 10 seconds: $0.50, and $1 for each of the two. */
  healthCheckMonth: 2.5,
  /** A gigabyte from one region to another; $0.01 each way between zones of one. */
  crossRegionGigabyte: 0.02,
} as const;

/** Holds some ten thousand rooms. AWS advises no smaller one for production. */
export const defaultCacheNodeType = "cache.t4g.small";

/** Hours of a month, as AWS counts them. */
export const hoursPerMonth = 730;

/** Size of a node's volume: Debian, the images, their logs and two bundles take a third of it. */
export const volumeGigabytes = 20;

/** The stack's two secrets, which its nodes share. */
export const secretsPerStack = 2;
/** Status, processor, certificate. */
const statusAlarms = 3;
/** Services, memory, disk: of each there is a metric, too. */
const watchedAlarms = 3;

/** What of a node's settings costs something every month. */
export type WatchSettings = Pick<Settings, "alarms" | "monitoring">;

/** The alarms of one node: beside these three the budget of its traffic, where it has one, and what `livekit:monitoring` adds. */
export function alarmsPerNode({ alarms, monitoring }: WatchSettings): number {
  return statusAlarms + (alarms.egressGigabytesPerDay === undefined ? 0 : 1) + (monitoring ? watchedAlarms : 0);
}

/** The metrics that one node sends: the certificate's and, with `livekit:monitoring`, those of its alarms. */
export function metricsPerNode({ monitoring }: WatchSettings): number {
  return 1 + (monitoring ? watchedAlarms : 0);
}

/** Gigabytes a month that a node logs with `livekit:monitoring`: its health checks, and assumed 20,000 joins of 10 KB. */
export const logGigabytesPerNode = 0.4;

/**
 * What an hour of an instance costs, in USD; undefined for a type that the table has no price of.
 * @example instanceHour("c7i.large") // 0.08925
 */
export function instanceHour(instanceType: string): number | undefined {
  const [family = "", size = ""] = instanceType.split(".");
  const vcpuHour = prices.vcpuHour[family];
  const vcpus = vcpusOf(size);
  return vcpuHour === undefined || Number.isNaN(vcpus) ? undefined : vcpuHour * vcpus;
}

/** Thousands of times that a monitored node tells its metrics in a month: every minute. */
export const toldThousands = (hoursPerMonth * 60) / 1000;

/** What `livekit:monitoring` adds to a node's month, in USD. */
export const monitoredMonth =
  watchedAlarms * (prices.alarmMonth + prices.metricMonth) +
  toldThousands * prices.metricThousand +
  logGigabytesPerNode * prices.logGigabyte;

/**
 * What one node costs a month without its traffic, in USD; undefined for an instance type that the table has no price of.
 * @example nodeMonth("c7i.large", { alarms: {}, monitoring: false }) // 71
 */
export function nodeMonth(instanceType: string, settings: WatchSettings): number | undefined {
  const instance = instanceHour(instanceType);
  if (instance === undefined) return undefined;
  return Math.round(
    (instance + prices.addressHour) * hoursPerMonth +
      volumeGigabytes * prices.volumeGigabyteMonth +
      alarmsPerNode({ ...settings, monitoring: false }) * prices.alarmMonth +
      prices.metricMonth +
      (settings.monitoring ? monitoredMonth : 0),
  );
}

/** ElastiCache's nodes in a group: one to write to and one that takes over. */
export const cacheNodes = 2;
/** Memory and processor. */
export const alarmsPerCacheNode = 2;

/**
 * What a Redis that all nodes share costs a month, in USD; undefined for a node type that the table has no price of.
 * @example redisMonth("cache.t4g.small") // 47
 */
export function redisMonth(nodeType: string): number | undefined {
  const hour = prices.cacheNodeHour[nodeType];
  return hour === undefined
    ? undefined
    : Math.round(cacheNodes * (hour * hoursPerMonth + alarmsPerCacheNode * prices.alarmMonth));
}

/** Of a port: a node fails the checks, and no node passes them. */
export const alarmsPerBalancer = 2;
/** Public addresses of a region's load balancer, one a zone. */
const addressesPerBalancer = 2;

/**
 * What a region's load balancer costs a month in two zones and with one unit of work, in USD: signalling takes no more. That
 * is with port 443 alone; the API's has alarms for another $0.20.
 */
export const balancerMonth = Math.round(
  (prices.balancerHour + prices.balancerUnitHour + addressesPerBalancer * prices.addressHour) * hoursPerMonth +
    alarmsPerBalancer * prices.alarmMonth,
);

/** What the whole stack shares a month, in USD, beside cents for the bucket and the zone that is there already. */
export const sharedMonth = secretsPerStack * prices.secretMonth;
