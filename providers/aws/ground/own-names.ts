import type { Zone } from "./route53";
import type { Topology } from "./state";

/** AWS's own names change within seconds. */
const ttlSeconds = 5;

/** The zone of a name that AWS itself has given: to a load balancer or a cache. */
export function ownZone(name: string, { balancers, caches }: Topology): Zone | undefined {
  const balancer = balancers.find((each) => each.name === name);
  const cache = caches.find(({ endpoint }) => endpoint.toLowerCase() === name);
  if (balancer) return zone(name, balancer.answers, balancer.serves);
  return cache && zone(name, [cache.privateAddress], true);
}

function zone(name: string, values: readonly string[], well: boolean): Zone {
  return { name, records: [{ name, type: "A", ttlSeconds, values, well }] };
}
