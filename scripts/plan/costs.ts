import type { Assessment } from "../../model/capacity/assess";
import { type Bill, egressGigabytes, monthlyBill } from "../../model/capacity/cost";
import type { Spread } from "../../model/capacity/processor";
import type { Settings } from "../../model/settings/schema";

export interface Costs {
  /** A month of the stack as its file has it. */
  readonly configured: Bill;
  /** With the nodes that the load needs, where these are not those of the file; undefined at a bound that no number reaches. */
  readonly needed?: { readonly [K in keyof Spread]: Bill | undefined };
}

/** What a stack on AWS costs a month, as configured and as the load needs it. */
export function costsOf({ sites, total }: Assessment, { alarms }: Settings, hours: number): Costs {
  const egress = total === undefined ? 0 : egressGigabytes(total, hours);
  const bill = (nodesOf: (report: Assessment["sites"][number]) => number): Bill | undefined => {
    const groups = sites.map((report) => ({ instanceType: report.site.kind, nodes: nodesOf(report) }));
    return groups.every(({ nodes }) => Number.isFinite(nodes)) ? monthlyBill(groups, alarms, egress) : undefined;
  };
  const at = (bound: keyof Spread) => bill(({ nodesNeeded, site }) => nodesNeeded?.[bound] ?? site.nodes);
  const same = sites.every(({ site, nodesNeeded }) => (nodesNeeded?.expected ?? site.nodes) === site.nodes);
  return {
    configured: monthlyBill(
      sites.map(({ site }) => ({ instanceType: site.kind, nodes: site.nodes })),
      alarms,
      egress,
    ),
    ...(!same && { needed: { cautious: at("cautious"), expected: at("expected"), best: at("best") } }),
  };
}
