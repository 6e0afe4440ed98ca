import { type RoomShape, roomTraffic } from "./load";
import { mediaVcpus } from "./processor";

/** Capacity of a node. A limit that is unknown or does not apply is left out. */
export interface NodeLimits {
  readonly vcpus: number;
  /** Sustained bandwidth to the internet. */
  readonly egressMbps?: number;
  /** UDP ports of `mediaTransport: range`, two per participant. The other transports share their ports. */
  readonly mediaPorts?: number;
  readonly relayPorts: number;
  /** Number of TURN URLs that the node sends to each client. */
  readonly turnUrls: number;
}

export const bottlenecks = ["processor", "network", "media ports", "relay ports"] as const;
export type Bottleneck = (typeof bottlenecks)[number];

/**
 * Target utilisation of processor and network. The rest is a reserve for uneven rooms and bursts of joins and key
 * frames.
 */
export const plannedShare = 0.8;
/**
 * A participant has one connection to publish and one to subscribe. With `mediaTransport: range`, each takes a port.
 */
const connectionsPerParticipant = 2;

/**
 * Returns the relay ports for a number of participants who all use browsers. A browser takes one port for each TURN URL
 * and each of its two connections, before the browser has found out whether it needs a relay. In a test, a directly
 * connected Chromium held all of these ports until it left.
 */
export function relayPortsFor(participants: number, turnUrls: number): number {
  return participants * turnUrls * connectionsPerParticipant;
}

/**
 * Ports to suggest for the relay: none is a default port, and all are below Linux' ephemeral ports, which start at
 * 32768.
 */
const freeRelayRange = { first: 20_000, last: 32_767 } as const;

/** Returns a value for `livekit:ports.relay` with this number of ports. The range ends at 32767 at the latest. */
export function relayRange(ports: number): string {
  const { first, last } = freeRelayRange;
  return `${first}-${Math.min(first + ports - 1, last)}`;
}

/** The share of each of a node's limits that one room uses. */
export type Use = Readonly<Record<Bottleneck, number>>;

/** Returns the share of each of a node's limits that a room uses. Above 1 the room does not fit. */
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

/** Returns the limit of which a room uses the largest share. This limit determines how many rooms a node carries. */
export function tightest(use: Use): Bottleneck {
  return bottlenecks.reduce((worst, each) => (use[each] > use[worst] ? each : worst));
}

/** Returns the number of rooms of a shape that a node carries. A room cannot span nodes. */
export function roomsPerNode(shape: RoomShape, limits: NodeLimits, efficiency = 1): number {
  const use = useOf(shape, limits, efficiency);
  // Corrects rounding errors: ten rooms that each use a tenth of a node fit.
  return Math.floor(1 / use[tightest(use)] + 1e-9);
}

/** Returns the number of nodes for a number of rooms. Infinite if one room does not fit. */
export function nodesFor(rooms: number, shape: RoomShape, limits: NodeLimits, efficiency = 1): number {
  return rooms === 0 ? 0 : Math.ceil(rooms / roomsPerNode(shape, limits, efficiency));
}

/**
 * Returns the size of the largest room in which all participants publish, at most {@link largestPlannedRoom}. Returns 0
 * if not even two fit.
 */
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

/** The maximum of `livekit:expectedLoad.participantsPerRoom`. */
export const largestPlannedRoom = 10_000;
