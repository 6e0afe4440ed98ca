import { policyContext } from "../../../policy/context";
import { toPolicies } from "../../../policy/policies";
import { rules } from "../../../policy/rules/index";
import { waivers } from "../../../policy/waivers";
import { configure } from "../../support/settings";

const pack = (...more: (typeof waivers)[number][]) =>
  toPolicies(rules, policyContext(configure()), [...waivers, ...more]);

test("each policy has a unique name, a description and a remedy, and is mandatory", () => {
  const policies = pack();
  expect(new Set(policies.map(({ name }) => name)).size).toBe(rules.length);
  for (const policy of policies) {
    expect(policy.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(policy.description).toMatch(/^\S.{20,}[^.]\.$/);
    expect(policy.remediationSteps).toMatch(/^\S.{10,}[^.]\.$/);
    expect(policy.enforcementLevel).toBe("mandatory");
  }
});

test("rejects a policy waiver without a reason or with an unknown rule, and names the waiver", () => {
  expect(() => pack({ rule: "iam-actions", what: "it allows s3:*", reason: "  " })).toThrow(
    "policy/waivers.ts: iam-actions: it allows s3:*: has no reason",
  );
  expect(() => pack({ rule: "iam-action", what: "x", reason: "because a test requires it for its own rule" })).toThrow(
    "iam-action: x: there is no such rule",
  );
});
