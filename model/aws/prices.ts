import { vcpusOf } from "../capacity/instances";
import type { Settings } from "../settings/schema";

/** Region and date of the prices below, shown with each sum. */
export const pricesAre = "on demand in us-east-1, July to November 2026";

/**
 * On-demand prices in us-east-1 in USD, as of November 2026. Other regions differ: Frankfurt costs about 15% more.
 * Sources: https://aws.amazon.com/ec2/pricing/on-demand/, /vpc/pricing/, /ebs/pricing/, /secrets-manager/pricing/, /kms/pricing/,
 * /cloudwatch/pricing/, /route53/pricing/, /elasticloadbalancing/pricing/, /elasticache/pricing/.
 */
export const prices = {
  /**
   * Price per vCPU by instance family: within a family, the price of an instance is proportional to its vCPUs. Source:
   * the table that Karpenter generates from AWS's price list (aws/karpenter-provider-aws,
   * `zz_generated.pricing_aws.go`), as of July 2026.
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
  /** A gigabyte of gp3, including the first 3000 IOPS. */
  volumeGigabyteMonth: 0.08,
  secretMonth: 0.4,
  /** A KMS key. Signatures, $0.15 for 10,000, cost nothing noticeable. */
  keyMonth: 1,
  alarmMonth: 0.1,
  /** A CloudWatch custom metric. */
  metricMonth: 0.3,
  /** Gigabytes sent to the internet in a month. Each tier's price applies to the gigabytes within the tier. */
  egressTiers: [
    { upToGigabytes: 100, gigabyte: 0 },
    { upToGigabytes: 10_240, gigabyte: 0.09 },
    { upToGigabytes: 51_200, gigabyte: 0.085 },
    { upToGigabytes: 153_600, gigabyte: 0.07 },
    { upToGigabytes: Number.POSITIVE_INFINITY, gigabyte: 0.05 },
  ],
  /** 1000 PutMetricData requests of a node. */
  metricThousand: 0.01,
  /** A gigabyte of ingested logs. */
  logGigabyte: 0.5,
  /** A network load balancer, and each capacity unit (LCU): a gigabyte an hour or 100,000 open connections. */
  balancerHour: 0.0225,
  balancerUnitHour: 0.006,
  /** One ElastiCache node with Redis. A replication group has two. */
  cacheNodeHour: {
    "cache.t4g.micro": 0.016,
    "cache.t4g.small": 0.032,
    "cache.t4g.medium": 0.065,
    "cache.m7g.large": 0.158,
  } as Readonly<Record<string, number>>,
  /**
   * Health check of an AWS endpoint with HTTPS and a 10-second interval: $0.50, and $1 for each of these two options.
   */
  healthCheckMonth: 2.5,
  /** A gigabyte between two regions. Between zones of one region it costs $0.01 in each direction. */
  crossRegionGigabyte: 0.02,
} as const;

/** This node type holds the state of about 10,000 rooms. AWS recommends no smaller type for production. */
export const defaultCacheNodeType = "cache.t4g.small";

/** Hours in a month, as AWS counts them. */
export const hoursPerMonth = 730;

/** Size of a node's volume. Debian, the images, their logs and two bundles take a third of it. */
export const volumeGigabytes = 20;

/** Secrets that all nodes of a stack share: its keys and its certificate. */
export const secretsPerStack = 2;
/** Number of alarms that every node has: status, processor and certificate. */
const statusAlarms = 3;
/** Number of alarms for services, memory and disk. Each of these alarms needs a metric from the node. */
const watchedAlarms = 3;

/** Settings that add to a node's monthly cost. */
export type WatchSettings = Pick<Settings, "alarms" | "monitoring">;

/**
 * Returns the number of alarms of one node: three for every node, one for a traffic budget, and the alarms that
 * `livekit:monitoring` adds.
 */
export function alarmsPerNode({ alarms, monitoring }: WatchSettings): number {
  return statusAlarms + (alarms.egressGigabytesPerDay === undefined ? 0 : 1) + (monitoring ? watchedAlarms : 0);
}

/**
 * Returns the number of metrics that one node sends: the certificate metric and, with `livekit:monitoring`, a metric
 * for each alarm that monitoring adds.
 */
export function metricsPerNode({ monitoring }: WatchSettings): number {
  return 1 + (monitoring ? watchedAlarms : 0);
}

/**
 * Gigabytes a month that a node logs with `livekit:monitoring`: its health checks, and an assumed 20,000 joins of 10 KB
 * each.
 */
export const logGigabytesPerNode = 0.4;

/**
 * Returns the price of an instance per hour in USD. Undefined if the table has no price for the type.
 * @example instanceHour("c7i.large") // 0.08925
 */
export function instanceHour(instanceType: string): number | undefined {
  const [family = "", size = ""] = instanceType.split(".");
  const vcpuHour = prices.vcpuHour[family];
  const vcpus = vcpusOf(size);
  return vcpuHour === undefined || Number.isNaN(vcpus) ? undefined : vcpuHour * vcpus;
}

/** Thousands of metric requests of a monitored node in a month: one request a minute. */
export const requestThousands = (hoursPerMonth * 60) / 1000;

/** Monthly cost in USD that `livekit:monitoring` adds to a node. */
export const monitoredMonth =
  watchedAlarms * (prices.alarmMonth + prices.metricMonth) +
  requestThousands * prices.metricThousand +
  logGigabytesPerNode * prices.logGigabyte;

/**
 * Returns the monthly cost of one node in USD, without traffic. Undefined if the table has no price for the instance
 * type.
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

/** ElastiCache nodes in a replication group: a primary and a replica. */
export const cacheNodes = 2;
/** Number of alarms of one ElastiCache node: one for memory and one for the processor. */
export const alarmsPerCacheNode = 2;

/**
 * Returns the monthly cost in USD of a Redis that all nodes share. Undefined if the table has no price for the node
 * type.
 * @example redisMonth("cache.t4g.small") // 47
 */
export function redisMonth(nodeType: string): number | undefined {
  const hour = prices.cacheNodeHour[nodeType];
  return hour === undefined
    ? undefined
    : Math.round(cacheNodes * (hour * hoursPerMonth + alarmsPerCacheNode * prices.alarmMonth));
}

/** Number of alarms of one load balancer port: one if any node is unhealthy, and one if no node is healthy. */
export const alarmsPerBalancer = 2;
/** Public addresses of a region's load balancer, one per zone. */
const addressesPerBalancer = 2;

/**
 * Monthly cost in USD of a region's load balancer in two zones with one capacity unit, which is enough for signalling.
 * Includes the alarms of port 443. The alarms of the API's port cost another $0.20.
 */
export const balancerMonth = Math.round(
  (prices.balancerHour + prices.balancerUnitHour + addressesPerBalancer * prices.addressHour) * hoursPerMonth +
    alarmsPerBalancer * prices.alarmMonth,
);

/**
 * Monthly cost in USD of the resources that all nodes share. Leaves out the bucket, which costs a few cents, and the
 * hosted zone, which exists before the stack.
 */
export const sharedMonth = secretsPerStack * prices.secretMonth + prices.keyMonth;
