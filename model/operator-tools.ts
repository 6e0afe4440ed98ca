import { coerce, gte } from "semver";

/** The oldest Pulumi that our tests have seen work; `replacementTrigger`, which the program needs, came before it. */
export const lowestPulumi = "3.230.0";

/** The first releases of both lines that take AWS_ENDPOINT_URL, which private endpoints and rehearsals are told by. */
export const lowestAws = { 1: "1.29.0", 2: "2.13.0" } as const;

/** Whether a command that says `aws-cli/2.23.6 Python/3.13.5 ...` takes AWS_ENDPOINT_URL. */
export function knowsEndpoint(said: string): boolean {
  const version = coerce(/aws-cli\/(\S+)/.exec(said)?.[1]);
  return version !== null && gte(version, version.major === 1 ? lowestAws[1] : lowestAws[2]);
}
