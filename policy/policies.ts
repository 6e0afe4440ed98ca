import type { Policies } from "@pulumi/policy";
import type { PolicyContext } from "./context";
import type { Rule } from "./rule";
import { isWaived, rejectInvalidWaivers, type Waiver } from "./waiver";

/**
 * Converts the rules to Pulumi policies, all of them mandatory.
 * @throws Error if a waiver is invalid
 */
export function toPolicies(rules: readonly Rule[], context: PolicyContext, waivers: readonly Waiver[]): Policies {
  rejectInvalidWaivers(rules, waivers);
  return rules.map((rule) => {
    const common = {
      name: rule.name,
      description: `${rule.control}.`,
      remediationSteps: `${rule.remedy}.`,
      enforcementLevel: "mandatory" as const,
    };
    const message = (what: string) => `${what}. ${rule.remedy}.`;
    const stands = (what: string) => !isWaived(waivers, rule.name, what);
    if ("validate" in rule) {
      return {
        ...common,
        validateResource: (resource, report) => {
          for (const what of rule.validate(resource, context).filter(stands)) report(message(what));
        },
      };
    }
    return {
      ...common,
      validateStack: ({ resources }, report) => {
        for (const { what, resource } of rule.validateStack(resources, context)) {
          if (stands(what)) report(message(what), resource?.urn);
        }
      },
    };
  });
}
