import { policyContext } from "../../policy/context";
import { containerRules } from "../../policy/rules/containers";
import { rules } from "../../policy/rules/index";
import { matches } from "../../policy/waiver";
import { waivers } from "../../policy/waivers";
import { registerAws } from "../support/aws-stack";
import { awsExamples } from "../support/examples";
import { broken, type PlannedResource, validate } from "../support/policies";
import { configureAws, testSecrets } from "../support/settings";

const planned = new Map<string, readonly PlannedResource[]>();
const of = (example: string) => planned.get(example) ?? [];
const context = (example: string) => policyContext(configureAws(awsExamples[example]));

beforeAll(async () => {
  for (const [name, values] of Object.entries(awsExamples)) planned.set(name, await registerAws(values));
});

test.each(Object.keys(awsExamples))("example %s complies with every policy rule", async (name) => {
  expect(of(name).length).toBeGreaterThan(50);
  expect(await validate(of(name), context(name))).toEqual([]);
});

const world = { cidrIpv4: "0.0.0.0/0" };
/** The port of an ingress rule for Redis. */
const redisPort = { ipProtocol: "tcp", fromPort: 6379, toPort: 6379 };
const allows = (Action: unknown, Resource: unknown, others = {}) => ({
  policy: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource, ...others }] }),
});
const trusts = (Principal: unknown) => ({
  assumeRolePolicy: JSON.stringify({ Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] }),
});

const denied = (Action: string) => ({
  Effect: "Deny",
  Principal: "*",
  Action,
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});
const allowIngress = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::bundles/key" };

/** Changes that violate a rule: the rule, the changed resource and its new members. `null` removes the resource. */
const breaches: readonly (readonly [rule: string, resource: string, change: Partial<PlannedResource> | null])[] = [
  ["instance-metadata", "euc1-1-instance", { inputs: { metadataOptions: { httpTokens: "optional" } } }],
  ["instance-metadata", "euc1-1-instance", { inputs: { metadataOptions: undefined } }],
  ["volumes-encrypted", "euc1-1-instance", { inputs: { rootBlockDevice: { encrypted: false } } }],
  ["volumes-encrypted", "use1-2-instance", { inputs: { ebsBlockDevices: [{ deviceName: "/dev/sdb" }] } }],
  ["no-key-pair", "euc1-2-instance", { inputs: { keyName: "ada" } }],
  ["port-table", "use1-api_tcp-10.1.0.0/16", { inputs: world }],
  ["port-table", "euc1-media_udp-world", { inputs: { toPort: 50_200 } }],
  ["port-table", "euc1-https_tcp-world", { inputs: { ...redisPort, cidrIpv4: "10.1.0.0/16" } }],
  ["port-table", "euc1-redis-from-use1", { inputs: { ipProtocol: "tcp", fromPort: 443, toPort: 443, ...world } }],
  ["port-table-open", "euc1-relay_udp-world", null],
  ["no-remote-shell", "euc1-https_tcp-world", { inputs: { fromPort: 22, toPort: 22 } }],
  ["no-remote-shell", "euc1-https_tcp-world", { inputs: { ipProtocol: "-1" } }],
  ["rules-described", "euc1-turn_udp-world", { inputs: { description: undefined } }],
  ["rules-described", "euc1-egress", { inputs: { description: "Managed by Pulumi" } }],
  ["rules-apart", "euc1-nodes", { inputs: { ingress: [{ protocol: "tcp", fromPort: 443, toPort: 443 }] } }],
  ["egress-narrow", "euc1-egress", { inputs: { ipProtocol: "tcp" } }],
  ["default-group-closed", "euc1-default-group", { inputs: { ingress: [{ protocol: "-1", self: true }] } }],
  ["default-group-closed", "use1-default-group", null],
  ["redis-private", "euc1-redis-from-use1", { inputs: world }],
  ["bucket-private", "bundles-private", { inputs: { blockPublicAcls: false } }],
  ["bucket-versioned", "bundles-versions", { inputs: { versioningConfiguration: { status: "Suspended" } } }],
  ["bucket-encrypted", "bundles-encryption", null],
  ["bucket-tls", "bundles-tls", { inputs: { policy: '{"Statement":[]}' } }],
  ["bucket-tls", "bundles-tls", { inputs: { policy: JSON.stringify({ Statement: [denied("s3:GetObject")] }) } }],
  ["bucket-own", "bundles-tls", { inputs: { policy: JSON.stringify({ Statement: [denied("s3:*"), allowIngress] }) } }],
  ["redis-encrypted", "euc1-redis-group", { inputs: { transitEncryptionMode: "preferred" } }],
  ["redis-encrypted", "euc1-redis-group", { inputs: { atRestEncryptionEnabled: false } }],
  ["redis-password", "euc1-redis-group", { inputs: { authToken: undefined } }],
  ["iam-actions", "euc1-1-policy", { inputs: allows("s3:*", "arn:aws:s3:::bundles") }],
  ["iam-actions", "euc1-1-policy", { inputs: allows([], [], { NotAction: "iam:*" }) }],
  ["iam-resources", "use1-1-policy", { inputs: allows(["s3:GetObject"], "*") }],
  ["iam-resources", "use1-1-policy", { inputs: allows("logs:PutLogEvents", "*:*") }],
  ["iam-trust", "euc1-1-role", { inputs: trusts("*") }],
  ["iam-trust", "euc1-1-role", { inputs: trusts({ AWS: "arn:aws:iam::123456789012:root" }) }],
  [
    "iam-own-policies",
    "euc1-1-role",
    { inputs: { managedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"] } },
  ],
  ["iam-own-policies", "euc1-1-profile", { type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment" }],
  ["secrets-in-place", "euc1-1-instance", { inputs: { userData: `KEY=${testSecrets["apiSecret"]}` } }],
  ["secrets-in-place", "euc1-1-change", { inputs: { environment: { DEEP: [{ IN: testSecrets["redisPassword"] }] } } }],
  ["protected", "euc1-1-address", { protect: false }],
  ["protected", "euc1-certificate", { protect: false }],
  ["region-named", "use1-vpc", { inputs: { region: undefined } }],
  ["region-named", "use1-vpc", { inputs: { region: "us-west-2" } }],
  [
    "owner-marked",
    "euc1-gateway",
    { type: "pulumi:providers:aws", inputs: { defaultTags: '{"tags": {"team": "video"}}' } },
  ],
];

/**
 * For each rule that requires a resource: maps the name of the missing resource to the resource that the violation
 * names. The result is empty if the violation names no resource.
 */
const misses: Readonly<Record<string, (missing: string) => string>> = {
  "port-table-open": () => "",
  "default-group-closed": (group) => group.replace("default-group", "vpc"),
  "bucket-private": () => "bundles",
  "bucket-versioned": () => "bundles",
  "bucket-encrypted": () => "bundles",
  "bucket-tls": () => "bundles",
};

describe("a stack that violates a policy rule", () => {
  test.each(breaches)("is reported by rule %s with resource %s", async (rule, resource, change) => {
    // Only the example "prod" is protected. The example "fleet" has the resources of all other rules.
    const example = rule === "protected" ? "prod" : "fleet";
    const violations = await validate(broken(of(example), resource, change), context(example));
    const [found] = violations.filter(({ policy }) => policy === rule);
    expect(found?.resource).toBe(misses[rule]?.(resource) ?? resource);
    expect(found?.message).toContain(`. ${rules.find(({ name }) => name === rule)?.remedy}.`);
    for (const secret of Object.values(testSecrets)) expect(found?.message).not.toContain(secret);
  });

  test("exists in these tests for every policy rule except the container rules", () => {
    const own = rules.filter((rule) => !containerRules.includes(rule)).map(({ name }) => name);
    expect([...new Set(breaches.map(([rule]) => rule))].sort()).toEqual(own.sort());
  });
});

test("every AWS waiver is needed by an example, and without waivers the examples have only the waived violations", async () => {
  const found = new Set<string>();
  for (const name of Object.keys(awsExamples)) {
    for (const { policy, message } of await validate(of(name), context(name), [])) {
      const what = message.split(". ")[0] ?? "";
      const [waiver, ...others] = waivers.filter((each) => matches(each, policy, what));
      expect([waiver?.rule, others]).toEqual([policy, []]);
      found.add(String(waiver?.what));
    }
  }
  const ofAws = waivers.filter(({ rule }) => !rule.startsWith("container-")).map(({ what }) => String(what));
  expect([...found].sort()).toEqual(ofAws.sort());
});
