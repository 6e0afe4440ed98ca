import type { PortRow } from "./table";

/** Ports that only the machine itself reaches. */
export const internalPorts = {
  /** First API port of the LiveKit servers that nginx balances. */
  livekitApi: 17880,
  /** First port of the LiveKit servers' Prometheus metrics. */
  livekitMetrics: 16789,
} as const;

/** Loopback ports that `livekit:monitoring` adds, except `scrape`. */
export const monitoringPorts = {
  prometheus: 19090,
  nodeExporter: 19100,
  blackboxExporter: 19115,
  grafana: 13000,
  /** nginx's port for metrics if Prometheus runs on another machine. */
  scrape: 19443,
} as const;

export const defaultRedisPort = 6379;

/** ElastiCache's port. `livekit:redis.port` applies only to a node's own Redis. */
export const elasticachePort = 6379;

/** Returns the port of a node's own Redis. It listens on loopback only, so it is not in the port table. */
export function redisRow({ redis }: { readonly redis: { readonly port?: number | undefined } }): PortRow {
  const port = redis.port ?? defaultRedisPort;
  return { name: "redis", first: port, last: port, protocols: ["tcp"], service: "Redis", purpose: "rooms and nodes" };
}
