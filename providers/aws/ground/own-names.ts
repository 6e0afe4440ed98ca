import type { Zone } from "./route53";
import type { Topology } from "./state";

/** AWS's own names change within seconds. */
const ttlSeconds = 5;

/** The zone of a name that AWS itself has given: to a load balancer or a cache. */
export function ownZone(name: string, { balancers, caches }: Topology): Zone | undefined {
  const values =
    balancers.find((balancer) => balancer.name === name)?.answers ??
    caches.filter(({ endpoint }) => endpoint.toLowerCase() === name).map(({ privateAddress }) => privateAddress);
  return values.length > 0 ? { name, records: [{ name, type: "A", ttlSeconds, values }] } : undefined;
}
