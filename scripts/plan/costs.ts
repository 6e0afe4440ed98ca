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
  /** A month of the stack as its file has it. */
  readonly configured: Bill;
  /** With the nodes that the load needs, where these are not those of the file; undefined at a bound that no number reaches. */
  readonly needed?: { readonly [K in keyof Spread]: Bill | undefined };
}

/**
 * What a stack on AWS costs a month, as configured and as the load needs it.
 * @param primary name of the region that has Redis
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
