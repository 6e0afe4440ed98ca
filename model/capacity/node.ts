import { type RoomShape, roomTraffic } from "./load";
import { mediaVcpus } from "./processor";

/** What a node can carry; a limit that is not known, or not there, is left out. */
export interface NodeLimits {
  readonly vcpus: number;
  /** To the internet, for as long as it likes. */
  readonly egressMbps?: number;
  /** UDP ports of `mediaTransport: range`, two a participant. The other transports share theirs. */
  readonly mediaPorts?: number;
  readonly relayPorts: number;
  /** TURN URLs that the node hands out. */
  readonly turnUrls: number;
}

export const bottlenecks = ["processor", "network", "media ports", "relay ports"] as const;
export type Bottleneck = (typeof bottlenecks)[number];

/** How full a node is planned to be, in processor and network: joins and key frames come in bursts, rooms are uneven. */
export const plannedShare = 0.8;
/** A participant has a connection to publish by and one to receive by: each takes a port of a range. */
const connectionsPerParticipant = 2;

/**
 * Relay ports for so many participants, all in browsers. These take one for each TURN URL and each of their two connections,
 * before they know whether they need it: Chromium, connected directly, was seen to hold all of them until it left.
 */
export function relayPortsFor(participants: number, turnUrls: number): number {
  return participants * turnUrls * connectionsPerParticipant;
}

/** From here there is room up to the ports that Linux gives away itself, 32768 and up, with none of the table between. */
const freeRelayRange = { first: 20_000, last: 32_767 } as const;

/** A value of `livekit:ports.relay` with so many ports, or as many as there are. */
export function relayRange(ports: number): string {
  const { first, last } = freeRelayRange;
  return `${first}-${Math.min(first + ports - 1, last)}`;
}

/** The part of a node's limits that one room takes, by limit. */
export type Use = Readonly<Record<Bottleneck, number>>;

/** What part of each of a node's limits a room takes; above 1 it does not fit. */
export function useOf(shape: RoomShape, limits: NodeLimits, efficiency: number): Use {
  const traffic = roomTraffic(shape);
  const mediaPorts = shape.participants * connectionsPerParticipant;
  return {
    processor: mediaVcpus(traffic, efficiency) / (limits.vcpus * plannedShare),
    network: limits.egressMbps === undefined ? 0 : traffic.egressMbps / (limits.egressMbps * plannedShare),
    "media ports": limits.mediaPorts === undefined ? 0 : mediaPorts / limits.mediaPorts,
    "relay ports": relayPortsFor(shape.participants, limits.turnUrls) / limits.relayPorts,
  };
}

/** The limit that a room takes the largest part of: more rooms meet it first. */
export function tightest(use: Use): Bottleneck {
  return bottlenecks.reduce((worst, each) => (use[each] > use[worst] ? each : worst));
}

/** How many rooms of a shape a node carries; a room is on one node as a whole. */
export function roomsPerNode(shape: RoomShape, limits: NodeLimits, efficiency = 1): number {
  const use = useOf(shape, limits, efficiency);
  // A room that takes a tenth of a node fits ten times, whatever is lost in the last binary digit.
  return Math.floor(1 / use[tightest(use)] + 1e-9);
}

/** Nodes that carry so many rooms; infinitely many where one room does not fit. */
export function nodesFor(rooms: number, shape: RoomShape, limits: NodeLimits, efficiency = 1): number {
  return rooms === 0 ? 0 : Math.ceil(rooms / roomsPerNode(shape, limits, efficiency));
}

/** Largest room whose participants all publish, at most {@link largestPlannedRoom}; 0 where not even two fit. */
export function largestRoom(
  shape: Pick<RoomShape, "quality" | "turnShare">,
  limits: NodeLimits,
  efficiency = 1,
): number {
  const fits = (participants: number) =>
    roomsPerNode({ ...shape, participants, publishers: participants }, limits, efficiency) >= 1;
  let [fitting, failing] = [1, largestPlannedRoom + 1];
  while (failing - fitting > 1) {
    const middle = Math.floor((fitting + failing) / 2);
    if (fits(middle)) fitting = middle;
    else failing = middle;
  }
  return fitting === 1 ? 0 : fitting;
}

/** As many as `livekit:expectedLoad` takes. */
export const largestPlannedRoom = 10_000;
