import type { PortRow } from "../ports";
import type { AwsPlan } from "./plan";

/** A row of the port table that a region's load balancer passes on. */
export interface BalancedRow {
  readonly name: "https" | "api";
  readonly row: PortRow;
  /** Of its target group, in every region. */
  readonly groupName: string;
}

/** The rows by which the world joins. Media, ICE over TCP and TURN are a node's own: they go to its address. */
export function balancedRows({ ports, settings, namePrefix }: AwsPlan): readonly BalancedRow[] {
  const names = settings.apiIngress === "world" ? (["https", "api"] as const) : (["https"] as const);
  return names.map((name) => ({ name, row: ports[name], groupName: `${namePrefix}-${ports[name].first}` }));
}

/** The name of every region's load balancer. */
export function balancerName({ namePrefix }: Pick<AwsPlan, "namePrefix">): string {
  return namePrefix;
}

/** The Name tag of a node's instance and of its address. */
export function nodeTag({ namePrefix }: Pick<AwsPlan, "namePrefix">, node: { readonly name: string }): string {
  return `${namePrefix}-${node.name}`;
}
