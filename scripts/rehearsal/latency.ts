import type { AwsSimulator } from "../../packages/aws-simulator/network/aws-simulator";

/** Half of a round trip between Frankfurt and Virginia. */
const milliseconds = 45;

/**
 * Makes packets take their time from one region to another.
 * @returns what came of it, in words; undefined where there is one region alone
 */
export async function latencyBetween(
  regions: readonly unknown[],
  simulator: Pick<AwsSimulator, "latency">,
): Promise<string | undefined> {
  return regions.length > 1 ? simulator.latency({ milliseconds }) : undefined;
}
