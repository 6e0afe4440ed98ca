import { defaultPorts, type PortName, type PortRow, type PortTable, portCount, portNames } from "./ports";
import type { PortSpan } from "./settings/formats";

export const defaultRedisPort = 6379;

/** Returns the port of a node's own Redis. It listens on loopback only, so it is not in the port table. */
export function redisRow({ redis }: { readonly redis: { readonly port?: number | undefined } }): PortRow {
  const port = redis.port ?? defaultRedisPort;
  return { first: port, last: port, protocols: ["tcp"], service: "Redis", purpose: "rooms and nodes" };
}

interface PortSettings {
  readonly ports: Readonly<Partial<Record<string, PortSpan>>>;
}

/** Returns the port table with the stack's overrides. */
export function portTable({ ports }: PortSettings): PortTable {
  const rows = portNames.map((name): [PortName, PortRow] => [name, { ...defaultPorts[name], ...ports[name] }]);
  return Object.fromEntries(rows) as unknown as PortTable;
}

/**
 * Returns slice `index` of `count` equal slices of a range. No slice gets the remaining ports, so all stay equal.
 * @example slice({first: 50000, last: 50100}, 1, 2) // {first: 50050, last: 50099}
 */
export function slice(span: PortSpan, index: number, count: number): PortSpan {
  const size = Math.floor(portCount(span) / count);
  const first = span.first + index * size;
  return { first, last: first + size - 1 };
}
