import type { PortRow } from "../ports/table";
import type { AwsPlan } from "./plan";

/** A row of the port table that a region's load balancer forwards. */
export interface BalancedRow {
  readonly name: "https" | "api";
  readonly row: PortRow;
  /** Name of the row's target group, the same in every region. */
  readonly groupName: string;
}

/**
 * Returns the rows of the port table through which clients join. Clients send media, ICE/TCP and TURN to a node's own
 * address, without the load balancer.
 */
export function balancedRows({ ports, settings, namePrefix }: AwsPlan): readonly BalancedRow[] {
  const names = settings.apiIngress === "world" ? (["https", "api"] as const) : (["https"] as const);
  return names.map((name) => ({ name, row: ports[name], groupName: `${namePrefix}-${ports[name].first}` }));
}

/** Returns the name of each region's load balancer. */
export function balancerName({ namePrefix }: Pick<AwsPlan, "namePrefix">): string {
  return namePrefix;
}

/** Returns the Name tag of a node's instance and of its Elastic IP. */
export function nodeTag({ namePrefix }: Pick<AwsPlan, "namePrefix">, node: { readonly name: string }): string {
  return `${namePrefix}-${node.name}`;
}
