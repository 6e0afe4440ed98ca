import { isServiceName } from "./own-services";
import type { Zone } from "./route53";
import { addresses, type Topology } from "./state";

/** The TTL is short, because addresses behind AWS's own names change within seconds. */
const ttlSeconds = 5;

/** Returns a zone for a DNS name that AWS itself assigns: to a load balancer, a cache or a service endpoint. */
export function ownZone(name: string, { balancers, caches }: Topology): Zone | undefined {
  const balancer = balancers.find((each) => each.name === name);
  const cache = caches.find(({ endpoint }) => endpoint.toLowerCase() === name);
  if (isServiceName(name)) return zone(name, [addresses.services], true);
  if (balancer) return zone(name, balancer.answers, balancer.serves);
  return cache && zone(name, [cache.privateAddress], true);
}

function zone(name: string, values: readonly string[], well: boolean): Zone {
  return { name, records: [{ name, type: "A", ttlSeconds, values, well }] };
}
