import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PolicyDocument, Statement } from "../../../model/aws/policies";
import { labels } from "../../../model/labels";
import { project } from "../../support/documents";
import { awsExamples } from "../../support/examples";
import { goldenFile } from "../../support/golden";

const account = "123456789012";
const [preview, up] = ["preview", "up"].map(policyOf) as [PolicyDocument, PolicyDocument];

/** As the operator's guide fills it for the example stacks. */
function policyOf(name: string): PolicyDocument {
  const text = readFileSync(join(project, `examples/aws/${name}.json`), "utf8");
  return JSON.parse(text.replaceAll("NAME_PREFIX", "inspire-lab").replaceAll("ACCOUNT", account));
}

const actionsOf = ({ Statement }: PolicyDocument) => Statement.flatMap(({ Action }) => Action);
const resourcesOf = (statement: Statement | undefined) => [statement?.Resource ?? []].flat();
const statement = (policy: PolicyDocument, name: string) => policy.Statement.find(({ Sid }) => Sid === name);

/** Whether IAM takes a text to be meant. */
function means(pattern: string, text: string): boolean {
  return new RegExp(`^${pattern.replaceAll(/[.+?^$()|[\]{}\\]/g, "\\$&").replaceAll("*", ".*")}$`).test(text);
}

/** AWS's own clients, by IAM's names of their services. */
const clients: Readonly<Record<string, string>> = {
  cloudwatch: "cloudwatch",
  ec2: "ec2",
  elasticache: "elasticache",
  elasticloadbalancing: "elastic-load-balancing-v2",
  iam: "iam",
  logs: "cloudwatch-logs",
  route53: "route-53",
  s3: "s3",
  secretsmanager: "secrets-manager",
};

/** No operation has their name, or its client is not at hand. */
const otherwiseKnown = ["iam:PassRole", "kms:Decrypt", "s3:ListBucket"];

test.each(Object.entries({ preview, up }))("every action of the role for %s is one of AWS's", (_, policy) => {
  for (const action of actionsOf(policy).filter((each) => !otherwiseKnown.includes(each))) {
    const [service = "", pattern = ""] = action.split(":");
    const operations = Object.keys(require(`@aws-sdk/client-${clients[service]}`)).flatMap(
      (name) => /^(\w+)Command$/.exec(name)?.[1] ?? [],
    );
    expect([action, operations.some((name) => means(pattern, name))]).toEqual([action, true]);
  }
});

/** What the official plugin calls for each question of the program (its sources of the data source of that name). */
const questions: Readonly<Record<string, readonly string[]>> = {
  "ec2.getAmi": ["ec2:DescribeImages"],
  "ec2.getInstanceTypeOfferings": ["ec2:DescribeInstanceTypeOfferings"],
  "route53.getZone": ["route53:ListHostedZones", "route53:GetHostedZone", "route53:ListTagsForResource"],
};

test("a preview may ask what the program asks, read the state, and do nothing else", () => {
  const source = readFileSync(join(project, "stacks/aws-facts.ts"), "utf8");
  const asked = [...source.matchAll(/\b((?:ec2|route53)\.get\w+)\(/g)].map(([, name = ""]) => name);
  expect(new Set(asked)).toEqual(new Set(Object.keys(questions)));
  const reading = ["s3:ListBucket", "s3:GetObject", "kms:Decrypt"];
  expect(actionsOf(preview).toSorted()).toEqual([...reading, ...Object.values(questions).flat()].toSorted());
  const all = actionsOf(up);
  for (const action of actionsOf(preview)) {
    expect([action, all.some((pattern) => means(pattern, action))]).toEqual([action, true]);
  }
});

/** What the stand-in of the AWS plugin calls to make, change and end resources of the stack. */
function resourceCalls(): readonly string[] {
  const folders = ["ec2", "services"].map((name) => join(project, "providers/aws", name));
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
  );
  const sources = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
  return sources.flatMap((source) =>
    [...source.matchAll(/import \{([^}]*)\} from "@aws-sdk\/client-([\w-]+)"/g)].flatMap(([, names = "", client]) => {
      const [service] = Object.entries(clients).find(([, name]) => name === client) ?? [client];
      return [...names.matchAll(/(\w+)Command\b/g)].map(([, name]) => `${service}:${name}`);
    }),
  );
}

test("an update may make every call that resources of the stack take", () => {
  const calls = resourceCalls();
  expect(calls.length).toBeGreaterThan(100);
  const allowed = actionsOf(up);
  expect(calls.filter((call) => !allowed.some((pattern) => means(pattern, call)))).toEqual([]);
});

interface Golden {
  readonly type: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** The ARN of what has its name by the stack, and the statement that lets the stack have it. */
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
const regional = (service: string, name: string) => `arn:aws:${service}:eu-central-1:${account}:${name}`;
const cache = (kind: string, name = "") => regional("elasticache", `${kind}:${name}`);
const balancing = (path: string) => regional("elasticloadbalancing", `${path}/0a1b2c`);
const global = (kind: string, name = "") => `arn:aws:iam::${account}:${kind}/${name}`;

test("what has a name by the stack may be made under that name, and roles under no other", () => {
  const goldens = Object.keys(awsExamples).flatMap(
    (name) => JSON.parse(readFileSync(goldenFile(name), "utf8")) as Golden[],
  );
  expect(Object.keys(named).filter((type) => !goldens.some((resource) => resource.type === type))).toEqual([]);
  for (const { type, inputs } of goldens) {
    const [sid, arnOf] = named[type] ?? [];
    if (sid === undefined || arnOf === undefined) continue;
    const arn = arnOf(inputs);
    expect([arn, resourcesOf(statement(up, sid)).some((pattern) => means(pattern, arn))]).toEqual([arn, true]);
  }
  const own = global("role", "inspire-lab-*");
  expect(resourcesOf(statement(up, "KeepOwnRoles"))).toEqual([global("instance-profile", "inspire-lab-*"), own]);
  expect(resourcesOf(statement(up, "HandOverOwnRoles"))).toEqual([own]);
  const others = up.Statement.filter(({ Sid }) => !["KeepOwnRoles", "HandOverOwnRoles"].includes(Sid));
  expect(others.flatMap(({ Action }) => Action).filter((action) => /^(iam:|\*)/.test(action))).toEqual([
    "iam:CreateServiceLinkedRole",
  ]);
});

test("an update ends machines and networks by the tag that every resource of the stack has", () => {
  expect(statement(up, "EndOwnAlone")?.Condition).toEqual({
    StringEquals: { [`aws:ResourceTag/${labels.stack}`]: "inspire-lab" },
  });
});
