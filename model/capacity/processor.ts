import { megabytes, type Traffic } from "./load";

/** A figure that is known within bounds. */
export interface Spread {
  /** What to count on. */
  readonly cautious: number;
  readonly expected: number;
  /** What it may turn out to be. */
  readonly best: number;
}

/**
 * How much of LiveKit's published throughput a processor reaches. Later tries of the same benchmarks got half of it
 * (livekit/livekit#3285); newer processors and batched writes, which this stack switches on, get a quarter more.
 */
export const efficiency: Spread = { cautious: 0.5, expected: 1, best: 1.25 };

/** One outcome for each bound of a spread. */
export function spread(figure: (efficiency: number) => number): Spread {
  return {
    cautious: figure(efficiency.cautious),
    expected: figure(efficiency.expected),
    best: figure(efficiency.best),
  };
}

/**
 * vCPUs per packet sent, megabyte sent and packet received in a second: what solves the three rows that LiveKit published
 * for a c2-standard-16, https://docs.livekit.io/transport/self-hosting/benchmark/.
 */
const perPacketOut = 13.0e-6;
const perMegabyteOut = 0.014;
const perPacketIn = 46.8e-6;

/** Coturn took 65% of a c5.xlarge's 4 vCPUs to relay 956 Mbps, in an independent benchmark. */
const perRelayedMegabyte = (0.65 * 4) / megabytes(956);

/** vCPUs that LiveKit takes at its published efficiency. */
export function sfuVcpus(traffic: Pick<Traffic, "packetsOutPerSecond" | "egressMbps" | "packetsInPerSecond">): number {
  const { packetsOutPerSecond, egressMbps, packetsInPerSecond } = traffic;
  return perPacketOut * packetsOutPerSecond + perMegabyteOut * megabytes(egressMbps) + perPacketIn * packetsInPerSecond;
}

/** vCPUs that a node takes for its media, LiveKit's and the relay's. The relay was measured once: it has the same spread. */
export function mediaVcpus(traffic: Traffic, efficiency = 1): number {
  return (sfuVcpus(traffic) + perRelayedMegabyte * megabytes(traffic.relayedMbps)) / efficiency;
}
