import type { FleetNode } from "../model/fleet";
import type { ServiceSpec } from "../model/service";

/**
 * Maximum share of a node's memory per service. The kernel kills only the service that leaks, and the node stays
 * reachable. These are limits, not reservations. Redis has its own limit, `maxmemory`.
 */
export const memoryShares = { livekit: 0.7, coturn: 0.2, nginx: 0.15 } as const;

/**
 * GOMEMLIMIT as a share of LiveKit's memory limit. Near GOMEMLIMIT, Go collects garbage more often, before the kernel
 * kills the process.
 */
const goShare = 0.9;

/** Returns a service's memory limit; none if the node's memory is unknown. */
export function memoryLimit({ memoryMegabytes }: FleetNode, share: number): Pick<ServiceSpec, "memoryMegabytes"> {
  return memoryMegabytes === undefined ? {} : { memoryMegabytes: Math.floor(memoryMegabytes * share) };
}

/** Returns LiveKit's memory limits for its container and for its Go runtime. */
export function livekitMemory(node: FleetNode): Pick<ServiceSpec, "memoryMegabytes" | "environment"> {
  const { memoryMegabytes: limit } = memoryLimit(node, memoryShares.livekit);
  if (limit === undefined) return {};
  return { memoryMegabytes: limit, environment: { GOMEMLIMIT: `${Math.floor(limit * goShare)}MiB` } };
}
