import type { FleetNode } from "../model/fleet";
import type { ServiceSpec } from "../model/service";

/**
 * The most of a node's memory that each service takes: what leaks ends alone, and the node stays in reach. They are limits
 * and no reservations. Redis has its own, `maxmemory`.
 */
export const memoryShares = { livekit: 0.7, coturn: 0.2, nginx: 0.15 } as const;

/** Go collects garbage ever harder as it comes near this share of LiveKit's limit, before the kernel ends the process. */
const goShare = 0.9;

/** A service's limit on a node whose size is known. */
export function memoryLimit({ memoryMegabytes }: FleetNode, share: number): Pick<ServiceSpec, "memoryMegabytes"> {
  return memoryMegabytes === undefined ? {} : { memoryMegabytes: Math.floor(memoryMegabytes * share) };
}

/** LiveKit's memory limit, for its container and for its Go runtime. */
export function livekitMemory(node: FleetNode): Pick<ServiceSpec, "memoryMegabytes" | "environment"> {
  const { memoryMegabytes: limit } = memoryLimit(node, memoryShares.livekit);
  if (limit === undefined) return {};
  return { memoryMegabytes: limit, environment: { GOMEMLIMIT: `${Math.floor(limit * goShare)}MiB` } };
}
