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
      rule: `the load balancer must be "nlb" or "dns" for ${nodes} nodes: "none" does not distribute joins and does not fail over`,
      fix: "Set it with: pulumi config set livekit:loadBalancer nlb; or with: pulumi config set livekit:loadBalancer dns, which costs less and reacts to a failed node within a minute",
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
      rule: `the name prefix must have at most ${longestPrefix} characters and must not start with "internal-" when livekit:loadBalancer is nlb`,
      fix: "Set it with: pulumi config set livekit:namePrefix inspire-lab",
    },
  ];
}
