import { downlinkMbps, type Quality, qualities, type RoomShape, roomTraffic, type Traffic, times } from "./load";
import { type Bottleneck, largestRoom, type NodeLimits, nodesFor, roomsPerNode, tightest, useOf } from "./node";
import { type Spread, spread } from "./processor";

/** Nodes of one kind in one place: a region of AWS, or this machine. */
export interface Site {
  readonly name: string;
  /** What its nodes are: an instance type, or the machine's cores. */
  readonly kind: string;
  readonly limits: NodeLimits;
  readonly nodes: number;
  /** Its settings, such as `livekit:regions[0]`. This machine has none: it is one node, whatever the load. */
  readonly key?: string;
}

/** What the stack is to carry. */
export interface Load {
  /** Undefined where only capacity is asked for. */
  readonly rooms?: number;
  readonly shape: RoomShape;
}

/** What a site carries of rooms of one shape. */
export interface Capacity {
  readonly roomsPerNode: Spread;
  readonly bottleneck: Bottleneck;
}

export interface SiteReport extends Capacity {
  readonly site: Site;
  /** Its share of the load's rooms; undefined without a load. */
  readonly rooms?: number;
  /** Nodes for these rooms; infinite at a bound where one room does not fit. */
  readonly nodesNeeded?: Spread;
}

/** One quality's row: rooms of the load's shape, and the largest room. */
export interface QualityReport extends Capacity {
  readonly quality: Quality;
  readonly participantsPerNode: Spread;
  readonly largestRoom: Spread;
  /** Of a room of that shape. */
  readonly downlinkMbps: number;
  readonly egressMbps: number;
}

/** `ample`: even by the cautious figure. `likely`: by the expected one. `short`: not even by that. */
export type Headroom = "ample" | "likely" | "short";

export interface Assessment {
  readonly load: Load;
  readonly sites: readonly SiteReport[];
  /** On a node of the first site. */
  readonly byQuality: readonly QualityReport[];
  /** Of one room, and of the whole load. */
  readonly perRoom: Traffic;
  readonly total?: Traffic;
  readonly headroom?: Headroom;
}

/** What a stack's sites carry, and what of it a load needs. */
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
 * A site's share of the rooms, by its share of the nodes: the operator has put them where the people are. Rounded up, since
 * each site must hold its part.
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
