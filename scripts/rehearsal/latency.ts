import type { AwsSimulator } from "../../packages/aws-simulator/network/aws-simulator";

/** One-way latency between regions: half of the round-trip time between Frankfurt and Virginia. */
const milliseconds = 45;

/**
 * Adds latency to packets between regions.
 * @returns a description of the added latency. Undefined for a single region
 */
export async function latencyBetween(
  regions: readonly unknown[],
  simulator: Pick<AwsSimulator, "latency">,
): Promise<string | undefined> {
  return regions.length > 1 ? simulator.latency({ milliseconds }) : undefined;
}
