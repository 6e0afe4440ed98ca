import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Statement } from "../../../model/aws/policies";
import { labels } from "../../../model/labels";
import { operations } from "../../../packages/aws-simulator/sdk/operations";
import { project } from "../../support/documents";
import { awsExamples } from "../../support/examples";
import { readGolden } from "../../support/golden";
import { officialCalls, officialQuestions } from "../../support/official-calls";

const account = "123456789012";

/** Values that the operator's guide fills into the policy files. */
const variables = {
  REPOSITORY: "octo@1/livekit@2",
  NAME_PREFIX: "inspire-lab",
  DOMAIN: "example.com",
  HOSTED_ZONE: "/hostedzone/Z1",
  ACCOUNT: account,
  STATE_BUCKET: "state",
  STATE_KEY: "0a1b2c",
};

/** Fills in a policy file with the shell function of the operator's guide. */
function filled(name: string, env: Readonly<Record<string, string>>) {
  const guide = readFileSync(join(project, "docs/aws.md"), "utf8");
  const [line = ""] = /^filled\(\) .*$/m.exec(guide) ?? [];
  const script = `${line}\nfilled ${name} pull_request`;
  return spawnSync("bash", ["--noprofile", "--norc", "-c", script], {
    cwd: project,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], ...env },
  });
}

interface Golden {
  readonly type: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** A statement of the policy files. A Deny may exempt actions with NotAction. */
type Written = Omit<Statement, "Action"> & {
  readonly Action?: Statement["Action"];
  readonly NotAction?: readonly string[];
};

const [preview, up] = ["preview", "up"].map(statementsOf) as [readonly Written[], readonly Written[]];

/** Returns the policy, filled in as in the operator's guide for the example stacks. */
function statementsOf(name: string): readonly Written[] {
  return JSON.parse(filled(name, variables).stdout).Statement;
}

const goldens = Object.keys(awsExamples).flatMap((name) => readGolden(name) as readonly Golden[]);
const actionsOf = (statements: readonly Written[]) => statements.flatMap(({ Action = [] }) => Action);
const resourcesOf = (statement: Written | undefined) => [statement?.Resource ?? []].flat();
const statement = (name: string) => up.find(({ Sid }) => Sid === name);

/** Reports whether IAM matches the text against the pattern. */
function means(pattern: string, text: string): boolean {
  return new RegExp(`^${pattern.replaceAll(/[.+?^$()|[\]{}\\]/g, "\\$&").replaceAll("*", ".*")}$`).test(text);
}

/** SDK clients by IAM service prefix. */
const clients: Readonly<Record<string, string>> = {
  cloudwatch: "cloudwatch",
  ec2: "ec2",
  elasticache: "elasticache",
  elasticloadbalancing: "elastic-load-balancing-v2",
  iam: "iam",
  kms: "kms",
  logs: "cloudwatch-logs",
  route53: "route-53",
  s3: "s3",
  secretsmanager: "secrets-manager",
  servicequotas: "service-quotas",
};

/** Actions without an operation of the same name, or without an installed client. */
const otherwiseKnown = ["iam:PassRole", "s3:ListBucket"];

test.each(["trust", "preview", "up"])("%s.json has no placeholder after its variables are filled in", (name) => {
  expect(filled(name, variables).stdout).not.toMatch(/\b[A-Z]+_[A-Z]+\b|\b(REPOSITORY|ACCOUNT|DOMAIN|TAKER)\b/);
});

test.each(Object.keys(variables))("the guide's command prints no policy while the variable %s is empty", (name) => {
  const { status, stdout, stderr } = filled("up", { ...variables, [name]: "" });
  expect([status === 0, stdout, stderr]).toEqual([false, "", expect.stringContaining(name)]);
});

test.each(Object.entries({ preview, up }))("every action in the policy of the %s role exists in AWS", (_, policy) => {
  for (const action of actionsOf(policy).filter((each) => !otherwiseKnown.includes(each))) {
    const [service = "", pattern = ""] = action.split(":");
    const known = operations(clients[service] ?? "");
    expect([action, known.some((name) => means(pattern, name))]).toEqual([action, true]);
  }
});

test("the preview role may make the program's AWS queries and read the Pulumi state, and nothing else", () => {
  const paths = ["stacks/aws-facts.ts", "stacks/aws-quotas.ts", "components/aws/request-key.ts"];
  const sources = paths.map((path) => readFileSync(join(project, path), "utf8")).join("");
  const called = [...sources.matchAll(/\b((?:ec2|kms|route53|servicequotas)\.get\w+?)(?:Output)?\(/g)].map(
    ([, name = ""]) => name,
  );
  expect(new Set(called)).toEqual(new Set(Object.keys(officialQuestions)));
  const reading = ["s3:ListBucket", "s3:GetObject", "kms:Decrypt"];
  expect(actionsOf(preview).toSorted()).toEqual([...reading, ...Object.values(officialQuestions).flat()].toSorted());
  for (const action of actionsOf(preview)) expect([action, isAllowed(action)]).toEqual([action, true]);
});

const isAllowed = (action: string) => actionsOf(up).some((pattern) => means(pattern, action));

test("the update role allows the AWS calls of each resource type, and no other calls to EC2, IAM and Route 53", () => {
  const known = [...Object.values(officialCalls).flat(), ...Object.values(officialQuestions).flat(), "ec2:Describe*"];
  expect(known.filter((action) => !isAllowed(action))).toEqual([]);
  const one = actionsOf(up).filter((action) => /^(ec2|iam|route53):/.test(action));
  expect(one.filter((action) => !known.includes(action))).toEqual([]);
});

/**
 * By type: the policy statement that covers resources whose names begin with the stack's prefix, and the resource's
 * ARN.
 */
const named: Readonly<Record<string, readonly [sid: string, arn: (inputs: Golden["inputs"]) => string]>> = {
  "aws:cloudwatch/logGroup:LogGroup": ["KeepWhatHasItsName", ({ name }) => regional("logs", `log-group:${name}`)],
  "aws:cloudwatch/metricAlarm:MetricAlarm": [
    "KeepWhatHasItsName",
    ({ name }) => regional("cloudwatch", `alarm:${name}`),
  ],
  "aws:elasticache/parameterGroup:ParameterGroup": ["KeepWhatHasItsName", ({ name }) => cache("parametergroup", name)],
  "aws:elasticache/replicationGroup:ReplicationGroup": [
    "KeepWhatHasItsName",
    ({ replicationGroupId }) => cache("replicationgroup", replicationGroupId),
  ],
  "aws:elasticache/subnetGroup:SubnetGroup": ["KeepWhatHasItsName", ({ name }) => cache("subnetgroup", name)],
  "aws:iam/instanceProfile:InstanceProfile": ["KeepOwnRoles", ({ name }) => global("instance-profile", name)],
  "aws:iam/role:Role": ["KeepOwnRoles", ({ name }) => global("role", name)],
  "aws:lb/loadBalancer:LoadBalancer": ["KeepWhatHasItsName", ({ name }) => balancing(`loadbalancer/net/${name}`)],
  "aws:lb/targetGroup:TargetGroup": ["KeepWhatHasItsName", ({ name }) => balancing(`targetgroup/${name}`)],
  "aws:s3/bucket:Bucket": ["KeepWhatHasItsName", ({ bucketPrefix }) => `arn:aws:s3:::${bucketPrefix}0a1b2c`],
  "aws:secretsmanager/secret:Secret": [
    "KeepWhatHasItsName",
    ({ name }) => regional("secretsmanager", `secret:${name}-0a1b2c`),
  ],
};

/**
 * Types whose resources belong to a resource with the stack's prefix in its name. The policy allows every action of the
 * types' service on that resource.
 */
const within: readonly string[] = [
  "aws:lb/listener:Listener",
  "aws:lb/targetGroupAttachment:TargetGroupAttachment",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "aws:s3/bucketObjectv2:BucketObjectv2",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "aws:s3/bucketVersioning:BucketVersioning",
  "aws:secretsmanager/secretVersion:SecretVersion",
];

test("the roles' tests cover exactly the AWS resource types of the stack", () => {
  const types = goldens.map(({ type }) => type).filter((type) => type.startsWith("aws:"));
  expect(new Set(types)).toEqual(new Set([...Object.keys(officialCalls), ...Object.keys(named), ...within]));
});

const regional = (service: string, name: string) => `arn:aws:${service}:eu-central-1:${account}:${name}`;
const cache = (kind: string, name = "") => regional("elasticache", `${kind}:${name}`);
const balancing = (path: string) => regional("elasticloadbalancing", `${path}/0a1b2c`);
const global = (kind: string, name = "") => `arn:aws:iam::${account}:${kind}/${name}`;

test("the update role may manage the stack's named resources, and IAM roles only under the stack's name prefix", () => {
  for (const { type, inputs } of goldens.filter((resource) => resource.type in named)) {
    const [sid, arnOf] = named[type] as (typeof named)[string];
    const arn = arnOf(inputs);
    expect([arn, resourcesOf(statement(sid)).some((pattern) => means(pattern, arn))]).toEqual([arn, true]);
  }
  const own = global("role", "inspire-lab-*");
  expect(resourcesOf(statement("KeepOwnRoles"))).toEqual([global("instance-profile", "inspire-lab-*"), own]);
  expect(resourcesOf(statement("HandOverOwnRoles"))).toEqual([own]);
  const others = up.filter(({ Sid }) => !["KeepOwnRoles", "HandOverOwnRoles"].includes(Sid));
  expect(actionsOf(others).filter((action) => /^(iam:|\*)/.test(action))).toEqual(["iam:CreateServiceLinkedRole"]);
});

test("the update role may pass roles only to EC2 and flow logs, and create service-linked roles only for ELB and ElastiCache", () => {
  expect(statement("HandOverOwnRoles")?.Condition).toEqual({
    StringEquals: { "iam:PassedToService": ["ec2.amazonaws.com", "vpc-flow-logs.amazonaws.com"] },
  });
  expect(statement("BeginWithBalancersAndRedis")?.Condition).toEqual({
    StringEquals: { "iam:AWSServiceName": ["elasticache.amazonaws.com", "elasticloadbalancing.amazonaws.com"] },
  });
});

/** EC2 calls that change no existing resource. */
const harmless = /^ec2:(Allocate|Create(?!Route$|Tags$)|Run|Describe)/;
const ownTag = { StringEquals: { [`aws:ResourceTag/${labels.stack}`]: "inspire-lab" } };

test("the update role may change and delete only EC2 resources with the stack's tag", () => {
  const bare = up.filter(({ Condition }) => Condition === undefined);
  const onAny = bare.filter((each) => resourcesOf(each).includes("*"));
  expect(actionsOf(onAny).filter((action) => action.startsWith("ec2:") && !harmless.test(action))).toEqual([]);
  expect(actionsOf(bare).filter((action) => /^ec2:(Delete|CreateTags)/.test(action))).toEqual([]);
  expect(statement("ChangeAndEndOwnAlone")?.Condition).toEqual(ownTag);
  // These statements apply to resources without a tag, or without a tag yet. Every call, except calls for network
  // interfaces, also needs permission for a second resource, which must have the tag.
  const untagged = bare.filter(
    (each) => !onAny.includes(each) && actionsOf([each]).some((action) => /^ec2:/.test(action)),
  );
  const tagged = actionsOf([statement("ChangeAndEndOwnAlone") as Written]);
  expect(actionsOf(untagged).filter((action) => !tagged.includes(action))).toEqual([]);
  expect(untagged.flatMap(resourcesOf)).toEqual(
    ["network-interface", "security-group-rule", "vpc-peering-connection"].map(
      (kind) => `arn:aws:ec2:*:${account}:${kind}/*`,
    ),
  );
});

test("the update role may tag new resources, the stack's own resources, and untagged resources that the stack adopts", () => {
  const tagging = up.filter((each) => actionsOf([each]).some((action) => /^ec2:(Create|Delete)Tags$/.test(action)));
  const making = actionsOf([statement("MakeNetworksAndMachines") as Written]).map((action) =>
    action.slice("ec2:".length),
  );
  // These two calls create security group rules.
  const made = [...making, "AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress"];
  expect(Object.fromEntries(tagging.map(({ Sid, Condition }) => [Sid, Condition]))).toEqual({
    TagWhatItMakes: {
      StringEquals: { "ec2:CreateAction": made.toSorted() },
    },
    TakeOverWhatNoStackHas: {
      Null: { [`aws:ResourceTag/${labels.stack}`]: "true" },
      StringEquals: { [`aws:RequestTag/${labels.stack}`]: "inspire-lab" },
    },
    ChangeAndEndOwnAlone: ownTag,
  });
});

test("the update role may sign with and delete only KMS keys with the stack's tag, and tag only keys without one", () => {
  const reads = /^kms:(Describe|Get|List|Decrypt)/;
  const changing = up.filter((each) => actionsOf([each]).some((action) => /^kms:/.test(action) && !reads.test(action)));
  expect(Object.fromEntries(changing.map(({ Sid, Condition }) => [Sid, Condition]))).toEqual({
    MakeRequestKey: {
      Null: { [`aws:ResourceTag/${labels.stack}`]: "true" },
      StringEquals: { [`aws:RequestTag/${labels.stack}`]: "inspire-lab" },
    },
    SignWithOwnRequestKey: ownTag,
  });
  const { Effect, NotAction, Resource } = statement("LeaveStateKeyAlone") ?? {};
  expect([Effect, NotAction]).toEqual(["Deny", ["kms:Decrypt", "kms:GetPublicKey"]]);
  expect(Resource).toEqual(statement("DecryptState")?.Resource);
});

test("the update role may change only the DNS records of the stack", () => {
  const { Condition = {} } = statement("KeepOwnNames") ?? {};
  const names = Condition["ForAllValues:StringLike"]?.["route53:ChangeResourceRecordSetsNormalizedRecordNames"];
  const types = Condition["ForAllValues:StringEquals"]?.["route53:ChangeResourceRecordSetsRecordTypes"];
  expect(names).toEqual(["*.example.com"]);
  const records = goldens.filter(({ type }) => type === "aws:route53/record:Record");
  expect(new Set(records.map(({ inputs }) => inputs["type"]))).toEqual(new Set(types));
  expect(records.filter(({ inputs }) => !means("*.example.com", inputs["name"] ?? ""))).toEqual([]);
});

test("the update role may not change the S3 bucket of the Pulumi state, whatever its name", () => {
  const { Effect, NotAction, Resource } = statement("LeaveStateBucketAlone") ?? {};
  const kept = ["FindState", "KeepState"].map(statement) as Written[];
  expect([Effect, NotAction?.toSorted()]).toEqual(["Deny", actionsOf(kept).toSorted()]);
  expect(Resource).toEqual(kept.flatMap(resourcesOf));
});

test("the policy of each role is within IAM's size quota for inline policies", () => {
  // IAM's quota ignores white space, and covers all inline policies of a role together (IAM's quotas).
  for (const statements of [preview, up]) expect(JSON.stringify(statements).length).toBeLessThan(10_000);
});
