import type { Assessment, SiteReport } from "../../model/capacity/assess";
import {
  type Bill,
  type BilledSettings,
  type BilledTraffic,
  crossRegionGigabytes,
  egressGigabytes,
  monthlyBill,
} from "../../model/capacity/cost";
import type { Spread } from "../../model/capacity/processor";

export interface Costs {
  /** Monthly bill of the stack as configured. */
  readonly configured: Bill;
  /**
   * Monthly bill with the nodes that the load needs. Missing if the stack is configured with exactly these nodes. A
   * single bill is undefined if no number of nodes is enough.
   */
  readonly needed?: { readonly [K in keyof Spread]: Bill | undefined };
}

/**
 * Calculates the monthly costs of a stack on AWS, as configured and with the nodes that the load needs.
 * @param primary name of the region with Redis
 */
export function costsOf(assessment: Assessment, settings: BilledSettings, primary: string, hours: number): Costs {
  const { sites } = assessment;
  const traffic = trafficOf(assessment, primary, hours);
  const bill = (nodesOf: (report: SiteReport) => number): Bill => {
    const groups = sites.map((report) => ({
      region: report.site.name,
      instanceType: report.site.kind,
      nodes: nodesOf(report),
    }));
    return monthlyBill(groups, settings, traffic);
  };
  const at = (bound: keyof Spread) => {
    const nodesOf = ({ nodesNeeded, site }: SiteReport) => nodesNeeded?.[bound] ?? site.nodes;
    return sites.every((report) => Number.isFinite(nodesOf(report))) ? bill(nodesOf) : undefined;
  };
  const same = sites.every(({ site, nodesNeeded }) => (nodesNeeded?.expected ?? site.nodes) === site.nodes);
  return {
    configured: bill(({ site }) => site.nodes),
    ...(!same && { needed: { cautious: at("cautious"), expected: at("expected"), best: at("best") } }),
  };
}

function trafficOf({ sites, load, total }: Assessment, primary: string, hours: number): BilledTraffic {
  const roomsBeside = sites.reduce((sum, { site, rooms }) => sum + (site.name === primary ? 0 : (rooms ?? 0)), 0);
  return {
    egress: total === undefined ? 0 : egressGigabytes(total, hours),
    crossRegion: crossRegionGigabytes(roomsBeside * load.shape.participants, hours),
  };
}
