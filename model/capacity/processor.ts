import { megabytes, type Traffic } from "./load";

/** An estimate with bounds. */
export interface Spread {
  /** Lower bound for safe planning. */
  readonly cautious: number;
  readonly expected: number;
  /** Upper bound. */
  readonly best: number;
}

/**
 * Share of LiveKit's published throughput that a processor reaches. Later runs of the same benchmarks reached half of
 * it (livekit/livekit#3285). Newer processors and batched writes, which this stack enables, add a quarter.
 */
export const efficiency: Spread = { cautious: 0.5, expected: 1, best: 1.25 };

/** Calculates a figure at the expected, the lowest and the highest efficiency. */
export function spread(figure: (efficiency: number) => number): Spread {
  return {
    cautious: figure(efficiency.cautious),
    expected: figure(efficiency.expected),
    best: figure(efficiency.best),
  };
}

/**
 * vCPUs that LiveKit uses for each packet and each megabyte sent in a second, and for each packet received in a second.
 * Calculated from the three benchmark results that LiveKit published for a c2-standard-16,
 * https://docs.livekit.io/transport/self-hosting/benchmark/.
 */
const perPacketOut = 13.0e-6;
const perMegabyteOut = 0.014;
const perPacketIn = 46.8e-6;

/** In an independent benchmark, Coturn used 65% of a c5.xlarge's 4 vCPUs to relay 956 Mbps. */
const perRelayedMegabyte = (0.65 * 4) / megabytes(956);

/** Returns the vCPUs that LiveKit uses at its published efficiency. */
export function sfuVcpus(traffic: Pick<Traffic, "packetsOutPerSecond" | "egressMbps" | "packetsInPerSecond">): number {
  const { packetsOutPerSecond, egressMbps, packetsInPerSecond } = traffic;
  return perPacketOut * packetsOutPerSecond + perMegabyteOut * megabytes(egressMbps) + perPacketIn * packetsInPerSecond;
}

/**
 * Returns the vCPUs that a node uses for LiveKit's and the relay's media. For the relay there is only one measurement,
 * so its estimate uses LiveKit's bounds.
 */
export function mediaVcpus(traffic: Traffic, efficiency = 1): number {
  return (sfuVcpus(traffic) + perRelayedMegabyte * megabytes(traffic.relayedMbps)) / efficiency;
}
