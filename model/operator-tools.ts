import { coerce, gte } from "semver";

/**
 * The oldest Pulumi version that the tests cover. `replacementTrigger`, which the program needs, is older than this
 * version.
 */
export const lowestPulumi = "3.230.0";

/** The first AWS CLI 1.x and 2.x releases that read AWS_ENDPOINT_URL, which private endpoints and rehearsals need. */
export const lowestAws = { 1: "1.29.0", 2: "2.13.0" } as const;

/**
 * Reports whether the AWS CLI with this `--version` output (`aws-cli/2.23.6 Python/3.13.5 ...`) reads AWS_ENDPOINT_URL.
 */
export function knowsEndpoint(said: string): boolean {
  const version = coerce(/aws-cli\/(\S+)/.exec(said)?.[1]);
  return version !== null && gte(version, version.major === 1 ? lowestAws[1] : lowestAws[2]);
}
