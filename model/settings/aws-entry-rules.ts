import type { ConfigError } from "../user-error";
import type { Settings } from "./schema";

/** Validates how joins are routed to the nodes. */
export function entryErrors(settings: Settings): ConfigError[] {
  return [...sharingErrors(settings), ...nameErrors(settings)];
}

function sharingErrors({ regions, loadBalancer }: Settings): ConfigError[] {
  const nodes = regions.reduce((sum, region) => sum + region.nodes, 0);
  if (loadBalancer !== "none" || nodes <= 1) return [];
  return [
    {
      key: "livekit:loadBalancer",
      value: loadBalancer,
      rule: `is for one node: nothing would bring joins to ${nodes} of them, or keep them from one that is away`,
      fix: "Set it with: pulumi config set livekit:loadBalancer nlb, or dns, which costs less and reacts within a minute",
    },
  ];
}

/**
 * A target group's name has at most 32 characters (Elastic Load Balancing): the prefix, a dash and a port of up to five
 * digits.
 */
const longestPrefix = 26;

function nameErrors({ loadBalancer, namePrefix }: Settings): ConfigError[] {
  if (loadBalancer !== "nlb") return [];
  if (namePrefix.length <= longestPrefix && !namePrefix.startsWith("internal-")) return [];
  return [
    {
      key: "livekit:namePrefix",
      value: namePrefix,
      rule: `must have at most ${longestPrefix} characters and not begin with internal- with livekit:loadBalancer nlb`,
      fix: "Set it with: pulumi config set livekit:namePrefix inspire-lab",
    },
  ];
}
