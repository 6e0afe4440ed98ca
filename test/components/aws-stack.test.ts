import { securityGroupRules } from "../../model/aws/ingress";
import { planAws } from "../../model/aws/plan";
import { userDataLimitBytes } from "../../templates/node/user-data";
import { type Registered, registerAws } from "../support/aws-stack";
import { configureAws, testRegion, testSecrets } from "../support/settings";

const planted = Object.values(testSecrets).filter((value) => value.startsWith("planted"));

let resources: readonly Registered[];

beforeAll(async () => {
  resources = await registerAws();
});

const ofType = (type: string, all = resources) => all.filter((each) => each.type.endsWith(`:${type}`));
function only(type: string, all = resources): Registered {
  const [first, ...others] = ofType(type, all);
  if (!first || others.length > 0) throw new Error(`${others.length + 1} resources of type ${type}`);
  return first;
}

const regions = (change: object) => ({ regions: JSON.stringify([{ ...testRegion, ...change }]) });

test("the program sets the region of every regional resource", () => {
  const regional = resources.filter(({ type }) => type.startsWith("aws:") && !/^aws:(iam|route53)\//.test(type));
  expect(regional.length).toBeGreaterThan(30);
  for (const { name, inputs } of regional) expect([name, inputs.region]).toEqual([name, "eu-central-1"]);
});

test.each([
  ["default settings", {}],
  ["restricted sources", { apiIngress: "vpc", adminCidrs: '["203.0.113.0/24"]' }],
  ["portIngress inUse", { portIngress: "inUse" }],
  ["overridden ports", { ports: '{"https": 8443, "relay": "40000-40100"}' }],
] as const)("with %s, the security group allows only the ports and sources of the port table", async (_, values) => {
  const all = await registerAws(values);
  const allowed = securityGroupRules(planAws(configureAws(values).settings)).flatMap(
    ({ protocol, first, last, sources }) => sources.map((cidr) => [protocol, first, last, cidr]),
  );
  const rules = ofType("SecurityGroupIngressRule", all).map(({ inputs }) => inputs);
  const opened = rules.map(({ ipProtocol, fromPort, toPort, cidrIpv4 }) => [ipProtocol, fromPort, toPort, cidrIpv4]);
  expect(opened.sort()).toEqual(allowed.sort());
  for (const { description } of rules) expect(description).toMatch(/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{10,255}$/);
  expect(only("SecurityGroup", all).inputs).not.toHaveProperty("ingress");
});

test("the VPC's default security group allows nothing", () => {
  expect(only("DefaultSecurityGroup").inputs).toMatchObject({ ingress: [], egress: [] });
});

test("the instance is hardened and has the planned private address", () => {
  const { inputs } = only("Instance");
  expect(inputs).toMatchObject({
    instanceType: "c7i.large",
    privateIp: "10.0.0.4",
    metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
    rootBlockDevice: { volumeType: "gp3", encrypted: true },
    maintenanceOptions: { autoRecovery: "default" },
    userDataReplaceOnChange: false,
    disableApiTermination: false,
  });
  expect(inputs).not.toHaveProperty("keyName");
  expect(only("Eip").inputs.domain).toBe("vpc");
  for (const { inputs } of ofType("Subnet")) expect(inputs.mapPublicIpOnLaunch).toBe(false);
});

test("user data fits the 16 KiB limit and has no secret", () => {
  const { userData } = only("Instance").inputs;
  expect(Buffer.byteLength(userData)).toBeLessThan(userDataLimitBytes);
  for (const secret of planted) expect(userData).not.toContain(secret);
});

test("a newer image, new user data or an availability zone that AWS adds does not replace a resource", async () => {
  expect(only("Instance").ignoreChanges).toEqual(["ami", "userData"]);
  for (const { ignoreChanges } of ofType("Subnet")) expect(ignoreChanges).toEqual(["availabilityZone"]);
  const named = await registerAws(regions({ zones: ["eu-central-1b"] }), { pinned: true });
  expect(only("Instance", named).ignoreChanges).toEqual(["userData"]);
  expect(only("Subnet", named)).toMatchObject({ inputs: { availabilityZone: "eu-central-1b" } });
});

test("spreads subnets over the availability zones that offer the instance type", () => {
  const zones = ofType("Subnet").map(({ inputs }) => [inputs.cidrBlock, inputs.availabilityZone]);
  expect(zones).toEqual([
    ["10.0.0.0/19", "eu-central-1a"],
    ["10.0.32.0/19", "eu-central-1b"],
  ]);
});

test("a replaced node is drained, then loses its Elastic IP, then is terminated before the new instance is created", async () => {
  const change = only("Command", await registerAws({ changePolicy: "drain" }));
  expect(change).toMatchObject({ deleteBeforeReplace: true, inputs: { create: "apply", delete: "drain" } });
  // With the default changePolicy `restart`, a replacement does not drain the node. The delete command withdraws the
  // pending request, so that the new instance does not execute it.
  expect(only("Command").inputs.delete).toBe("withdraw");
  expect(change.inputs.triggers).toEqual(["euc1-1-instance-id", "euc1-1-association-id"]);
  expect(only("EipAssociation")).toMatchObject({
    deleteBeforeReplace: true,
    inputs: { instanceId: "euc1-1-instance-id" },
  });
  expect(only("Instance")).toMatchObject({ deleteBeforeReplace: true, replaceOnChanges: ["instanceType"] });
});

test("Pulumi's delete timeout exceeds the drain timeout, and the resources that a node needs exist until the drain ends", async () => {
  const all = await registerAws({ changePolicy: "drain", drainTimeoutSeconds: "7200" });
  const change = only("Command", all);
  expect(Number(change.inputs.environment.TIMEOUT_SECONDS)).toBeGreaterThan(7200);
  expect(Number.parseInt(change.deleteTimeout, 10)).toBeGreaterThan(Number(change.inputs.environment.TIMEOUT_SECONDS));
  const needed = ["euc1-internet", "euc1-egress", "euc1-https_tcp-world", "livekit-euc1-name", "euc1-1-policy"];
  expect(change.dependencies).toEqual(expect.arrayContaining(needed));
});

test("the change request's variables show which services a change affects and whether LiveKit drains", async () => {
  const of = async (values: Record<string, string>) => only("Command", await registerAws(values)).inputs.environment;
  const before = await of({});
  expect(before.LIVEKIT).toMatch(/^changePolicy=restart configuration=[0-9a-f]{8}$/);
  const drained = await of({ changePolicy: "drain", drainTimeoutSeconds: "900" });
  expect(drained.LIVEKIT).toMatch(
    /^changePolicy=drain drainTimeoutSeconds=900 mayHaveOthers=false configuration=[0-9a-f]{8}$/,
  );

  const changed = async (values: Record<string, string>) => {
    const after = await of(values);
    return Object.keys(after).filter((name) => after[name] !== before[name] && name !== "SHA256");
  };
  expect(await changed({ images: '{"nginx": "nginx:1.31.0"}' })).toEqual(["NGINX"]);
  expect(await changed({ images: '{"redis": "redis:8.3.0"}' })).toEqual(["LIVEKIT_REDIS"]);
  expect(await changed({ room: '{"maxParticipants": 9}' })).toEqual(["LIVEKIT"]);
  expect(await changed({ acme: '{"email": "other@example.com"}' })).toEqual([]);
});

test("the change request has the operator's AWS profile and no credentials", async () => {
  expect(Object.keys(only("Command").inputs.environment).filter((name) => name.startsWith("AWS_"))).toEqual([
    "AWS_REGION",
  ]);
  const { environment } = only("Command", await registerAws({}, { profile: "video" })).inputs;
  expect(environment.AWS_PROFILE).toBe("video");
});

test("all secrets are only in the Secrets Manager value, which is marked as secret", () => {
  const { inputs, secretInputs } = only("SecretVersion");
  expect(secretInputs).toEqual(["secretString"]);
  expect(JSON.parse(inputs.secretString)).toEqual({
    "apiKey.0": testSecrets["apiKey"],
    "apiSecret.0": testSecrets["apiSecret"],
    "turnSecret.0": testSecrets["turnSecret"],
    redisPassword: testSecrets["redisPassword"],
    metricsPassword: expect.stringMatching(/^[0-9a-f]{64}$/),
    metricsPasswordHash: expect.stringMatching(/^\$2b\$/),
  });
  const { metricsPassword, metricsPasswordHash } = JSON.parse(inputs.secretString);
  const others = JSON.stringify(resources.filter(({ name }) => name !== "euc1-keys-version"));
  for (const secret of [...planted, metricsPassword, metricsPasswordHash]) expect(others).not.toContain(secret);
});

test("Secrets Manager has a value for every secret placeholder of the bundle, also during a rotation", async () => {
  const previous = {
    previousApiKey: "APIbefore",
    previousApiSecret: "before-api-secret-0123456789abcdef",
    previousTurnSecret: "before-turn-secret-0123456789abcdef",
  };
  for (const values of [{}, previous]) {
    const all = await registerAws({ monitoring: "true", ...values });
    const places = [...only("BucketObjectv2", all).inputs.content.matchAll(/@@([A-Za-z.0-9]+)@@/g)].map(
      ([, name]) => name,
    );
    const names = Object.keys(JSON.parse(only("SecretVersion", all).inputs.secretString));
    const own = new Set(places.filter((name) => !name.startsWith("certificate.")));
    expect([...own].sort()).toEqual(names.sort());
  }
});

describe("the node's role", () => {
  const statements = () => JSON.parse(only("RolePolicy").inputs.policy).Statement;

  test("allows actions only on the stack's own resources, except for actions without resource-level permissions", () => {
    const allowed =
      /^arn:aws:(s3:::inspire-lab-0a1b2c(\/(bundles\/euc1-1\.json|nodes\/euc1-1\/(desired|report)|logs\/euc1-1))?|test:::euc1-(keys|certificate)|route53:::(hostedzone\/Z0123456789|change\/\*))$/;
    const wide = statements().flatMap(({ Sid, Resource }: { Sid: string; Resource: string | string[] }) =>
      [Resource].flat().some((arn) => !allowed.test(arn)) ? [Sid] : [],
    );
    expect(wide).toEqual(["SendOwnMetrics", "FindZone"]);
    expect(JSON.stringify(statements())).not.toMatch(/"[a-z0-9]+:\*"/);
  });

  test("may change only the domain's ACME challenge record", () => {
    const proof = statements().find(({ Action }: { Action: string }) => Action === "route53:ChangeResourceRecordSets");
    expect(proof.Condition).toEqual({
      "ForAllValues:StringEquals": {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["_acme-challenge.example.com"],
        "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"],
        "route53:ChangeResourceRecordSetsActions": ["UPSERT", "DELETE"],
      },
    });
  });

  test("trusts EC2 instances only", () => {
    const trust = JSON.parse(only("Role").inputs.assumeRolePolicy).Statement;
    expect(trust).toMatchObject([{ Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }]);
  });
});

describe("protection", () => {
  const guarded = (all: readonly Registered[]) => all.filter(({ protect }) => protect).map(({ name }) => name);

  test("covers resources that cannot be recreated, if livekit:protect is set", async () => {
    expect(guarded(resources)).toEqual([]);
    const all = await registerAws({ protect: "true" });
    expect(guarded(all).sort()).toEqual([
      ...["bundles", "euc1-1-address", "euc1-certificate", "euc1-keys", "euc1-requests"],
    ]);
    expect(only("Instance", all).inputs).toMatchObject({ disableApiTermination: true, forceDestroy: true });
  });

  test("keeps a bucket that is not empty; without livekit:protect the bucket is deleted with its objects", async () => {
    expect(only("Bucket").inputs.forceDestroy).toBe(true);
    expect(only("Bucket", await registerAws({ protect: "true" })).inputs.forceDestroy).toBe(false);
  });
});

test("the bucket is private, encrypted, versioned and rejects plain HTTP before the first object is written", () => {
  const settings = [
    "BucketVersioning",
    "BucketPublicAccessBlock",
    "BucketServerSideEncryptionConfiguration",
    "BucketPolicy",
  ];
  expect(only("BucketVersioning").inputs.versioningConfiguration).toEqual({ status: "Enabled" });
  expect(only("BucketPublicAccessBlock").inputs).toMatchObject({
    blockPublicPolicy: true,
    restrictPublicBuckets: true,
  });
  expect(JSON.parse(only("BucketPolicy").inputs.policy).Statement[0]).toMatchObject({
    Effect: "Deny",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
  const names = settings.map((type) => only(type).name);
  expect(only("BucketObjectv2").dependencies).toEqual(expect.arrayContaining(names));
});

test("the bucket expires logs, but no bundle, request or report in use", () => {
  const rules: { filter: { prefix: string }; expiration?: { days: number } }[] =
    only("BucketLifecycleConfiguration").inputs.rules;
  const expiring = (key: string) =>
    rules.filter(({ filter, expiration }) => expiration?.days === 1 && key.startsWith(filter.prefix));
  expect(expiring("logs/euc1-1")).toHaveLength(1);
  for (const key of ["bundles/euc1-1.json", "nodes/euc1-1/desired", "nodes/euc1-1/report"]) {
    expect(expiring(key)).toEqual([]);
  }
});

test("DNS records have the address that LiveKit's configuration advertises", () => {
  const records = ofType("Record").map(({ inputs }) => [inputs.name, inputs.type, inputs.records]);
  expect(records).toEqual([
    ["euc1-1.example.com", "A", ["203.0.113.10"]],
    ["livekit.example.com", "A", ["203.0.113.10"]],
    ["turn.example.com", "A", ["203.0.113.10"]],
  ]);
  const bundle = JSON.parse(only("BucketObjectv2").inputs.content);
  expect(bundle["stack/livekit/livekit.yaml"]).toContain("node_ip: 203.0.113.10");
  expect(JSON.parse(bundle["plan.json"]).bucket).toBe("inspire-lab-0a1b2c");
});

test("no logical name contains an availability zone or an image version", () => {
  for (const { name } of resources) expect(name).not.toMatch(/eu-central|[0-9]+\.[0-9]+\.[0-9]+$|ami-/);
});
