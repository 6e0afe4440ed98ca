/** What `livekit:monitoring` adds to a stack on AWS: names and lifetimes of what CloudWatch keeps. */

/** Days that logs are kept: long enough to look into what was noticed late. */
export const logRetentionDays = 30;

/** The log group of a region's services. Each service of each node writes a stream of its own, `euc1-1/livekit`. */
export function serviceLogGroup(namePrefix: string, regionCode: string): string {
  return `/livekit/${namePrefix}/${regionCode}/services`;
}

export function serviceLogStream(node: string, service: string): string {
  return `${node}/${service}`;
}

/** What a node tells of itself every minute, by its own program's names (`watch.py`). */
export const watchedMetrics = {
  services: "ServicesUnhealthy",
  memory: "MemoryUsedPercent",
  disk: "DiskUsedPercent",
} as const;
