/** Names and log retention of the CloudWatch resources that `livekit:monitoring` adds to a stack on AWS. */

/** Retention of logs in days: long enough to investigate problems that are noticed late. */
export const logRetentionDays = 30;

/**
 * Returns the log group of a region's services. Each service of each node has its own stream, such as `euc1-1/livekit`.
 */
export function serviceLogGroup(namePrefix: string, regionCode: string): string {
  return `/livekit/${namePrefix}/${regionCode}/services`;
}

export function serviceLogStream(node: string, service: string): string {
  return `${node}/${service}`;
}

/** Metrics that a node sends every minute. `watch.py` on the node uses the same names. */
export const watchedMetrics = {
  services: "ServicesUnhealthy",
  memory: "MemoryUsedPercent",
  disk: "DiskUsedPercent",
} as const;
