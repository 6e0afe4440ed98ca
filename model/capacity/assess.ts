import { downlinkMbps, type Quality, qualities, type RoomShape, roomTraffic, type Traffic, times } from "./load";
import { type Bottleneck, largestRoom, type NodeLimits, nodesFor, roomsPerNode, tightest, useOf } from "./node";
import { type Spread, spread } from "./processor";

/** Nodes of one kind in one place: an AWS region, or this machine. */
export interface Site {
  readonly name: string;
  /** Instance type, or the machine's number of cores. */
  readonly kind: string;
  readonly limits: NodeLimits;
  readonly nodes: number;
  /**
   * Path of the site's settings, such as `livekit:regions[0]`. Undefined for this machine, which is always one node.
   */
  readonly key?: string;
}

/** The load to plan for. */
export interface Load {
  /** Number of rooms to compare with the capacity. Undefined to report the capacity only. */
  readonly rooms?: number;
  readonly shape: RoomShape;
}

/** A site's capacity for rooms of one shape. */
export interface Capacity {
  readonly roomsPerNode: Spread;
  readonly bottleneck: Bottleneck;
}

export interface SiteReport extends Capacity {
  readonly site: Site;
  /** The site's share of the load's rooms. Undefined if the load has no number of rooms. */
  readonly rooms?: number;
  /**
   * Nodes needed for these rooms: low, expected and high estimate. An estimate is infinite if one room does not fit on
   * a node.
   */
  readonly nodesNeeded?: Spread;
}

/** Capacity at one quality: for rooms of the load's shape, and the largest room. */
export interface QualityReport extends Capacity {
  readonly quality: Quality;
  readonly participantsPerNode: Spread;
  readonly largestRoom: Spread;
  /** Highest rate at which one participant in a room of this size and quality receives media. */
  readonly downlinkMbps: number;
  readonly egressMbps: number;
}

/**
 * `ample`: the cautious estimate suffices. `likely`: only the expected estimate suffices. `short`: even the expected
 * estimate is too low.
 */
export type Headroom = "ample" | "likely" | "short";

export interface Assessment {
  readonly load: Load;
  readonly sites: readonly SiteReport[];
  /** Capacity of one node of the first site, by quality. */
  readonly byQuality: readonly QualityReport[];
  /** Traffic of one room. */
  readonly perRoom: Traffic;
  readonly total?: Traffic;
  readonly headroom?: Headroom;
}

/** Compares the capacity of a stack's sites with a load. */
export function assess(sites: readonly Site[], load: Load): Assessment {
  const reports = sites.map((site) => reportSite(site, load, sites));
  const perRoom = roomTraffic(load.shape);
  return {
    load,
    sites: reports,
    byQuality: sites.slice(0, 1).flatMap(({ limits }) => qualities.map((each) => reportQuality(each, load, limits))),
    perRoom,
    ...(load.rooms !== undefined && { total: times(perRoom, load.rooms), headroom: headroomOf(reports) }),
  };
}

/**
 * Returns a site's share of the rooms, proportional to its nodes: operators place nodes where the users are. Rounds up,
 * because each site must hold its share.
 */
export function shareOf(rooms: number, site: Site, sites: readonly Site[]): number {
  const nodes = sites.reduce((sum, each) => sum + each.nodes, 0);
  return Math.ceil((rooms * site.nodes) / nodes);
}

function reportSite(site: Site, { rooms, shape }: Load, sites: readonly Site[]): SiteReport {
  const share = rooms === undefined ? undefined : shareOf(rooms, site, sites);
  const found = capacity(shape, site.limits);
  return {
    site,
    ...found,
    ...(share !== undefined && {
      rooms: share,
      nodesNeeded: spread((efficiency) => nodesFor(share, shape, site.limits, efficiency)),
    }),
  };
}

function reportQuality(quality: Quality, { shape }: Load, limits: NodeLimits): QualityReport {
  const ofQuality = { ...shape, quality };
  const found = capacity(ofQuality, limits);
  const { cautious, expected, best } = found.roomsPerNode;
  const { participants } = shape;
  return {
    quality,
    ...found,
    participantsPerNode: {
      cautious: cautious * participants,
      expected: expected * participants,
      best: best * participants,
    },
    largestRoom: spread((efficiency) => largestRoom(ofQuality, limits, efficiency)),
    downlinkMbps: downlinkMbps(ofQuality),
    egressMbps: roomTraffic(ofQuality).egressMbps,
  };
}

function capacity(shape: RoomShape, limits: NodeLimits): Capacity {
  return {
    roomsPerNode: spread((efficiency) => roomsPerNode(shape, limits, efficiency)),
    bottleneck: tightest(useOf(shape, limits, 1)),
  };
}

function headroomOf(reports: readonly SiteReport[]): Headroom {
  const enough = (bound: keyof Spread) =>
    reports.every(({ site, nodesNeeded }) => (nodesNeeded?.[bound] ?? 0) <= site.nodes);
  if (enough("cautious")) return "ample";
  return enough("expected") ? "likely" : "short";
}
