import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type OperatorMachine, requireOperatorTools } from "../../stacks/operator";
import { type Account, complete, failure, lookUp } from "../support/account-lookups";
import { installFakeAws } from "../support/fake-aws";
import { awsValues, testRegion, testSecrets, trioValues } from "../support/settings";

let account = complete;
let provider: Record<string, unknown> = {};

pulumi.runtime.setMocks({
  newResource: ({ type, name, inputs }) => {
    if (type === "pulumi:providers:aws") provider = inputs;
    const outputs = { publicIp: "203.0.113.10", bucket: "bucket", versionId: "1", arn: `arn:aws:test:::${name}` };
    return { id: `${name}-id`, state: { ...inputs, ...outputs } };
  },
  call: ({ token, inputs }) => lookUp(account, token, inputs),
});

const bin = mkdtempSync(join(tmpdir(), "aws-program-"));
const path = process.env["PATH"] ?? "";

beforeAll(() => {
  installFakeAws(bin);
  process.env["PATH"] = `${bin}:${path}`;
});
afterAll(() => {
  process.env["PATH"] = path;
  rmSync(bin, { recursive: true });
});

async function run(values: Record<string, string> = {}, others: Record<string, string> = {}) {
  const own = Object.entries({ ...awsValues, ...testSecrets, ...values });
  const config = { ...Object.fromEntries(own.map(([key, value]) => [`livekit:${key}`, value])), ...others };
  pulumi.runtime.setAllConfig(
    config,
    Object.keys(testSecrets).map((key) => `livekit:${key}`),
  );
  const { program } = require("../../stacks/program") as typeof import("../../stacks/program");
  return program();
}

const topicOf = (account: string) => ({
  alarms: JSON.stringify({ topicArn: `arn:aws:sns:eu-central-1:${account}:oncall` }),
});
const own = (count: number) => ({ type: "c7i.large", count, own: true }) as const;
const regions = (change: object) => ({ regions: JSON.stringify([{ ...testRegion, ...change }]) });

test("the program outputs the stack's addresses and marks the stack's secrets as secret", async () => {
  account = complete;
  const outputs = await run();
  expect(outputs).toMatchObject({ url: "wss://livekit.example.com", turnHost: "turn.example.com", servers: "1" });
  expect(outputs).toMatchObject({ joins: { "livekit.example.com": "eu-central-1: euc1-1" } });
  expect(await pulumi.isSecret(pulumi.output(outputs.apiSecret))).toBe(true);
  expect(await pulumi.isSecret(pulumi.output(outputs.turnSecret))).toBe(true);
});

test("the program accepts a running node's instance type that the node's region no longer offers", async () => {
  account = { ...complete, zones: [], liveType: "c7i.large" };
  await expect(run()).resolves.toMatchObject({ servers: "1" });
});

test("the program passes the region, the stack's tags and the settings with the prefix aws: to the AWS provider", async () => {
  account = complete;
  await run(
    { tags: '{"team": "video"}' },
    { "aws:profile": "ops", "aws:skipRegionValidation": "true", "aws:defaultTags": '{"tags": {"cost": "42"}}' },
  );
  expect(provider).toMatchObject({ region: "eu-central-1", profile: "ops", skipRegionValidation: "true" });
  expect(JSON.parse(provider["defaultTags"] as string)).toEqual({
    tags: { cost: "42", team: "video", "livekit-stack": "inspire-lab" },
  });
});

test.each([
  [
    "the hosted zone",
    { hostedZone: "other.com" },
    {},
    /livekit:hostedZone "example\.com".*create-hosted-zone --name example\.com/,
  ],
  [
    "a unique hosted zone for the domain",
    { hostedZone: "twice" },
    {},
    /livekit:hostedZone "example\.com": this AWS account has several .*list-hosted-zones-by-name --dns-name example\.com/,
  ],
  [
    "the instance type in the region",
    { zones: [] },
    {},
    /instanceType "c7i\.large": is not offered in eu-central-1\. Set another type with: pulumi config set .*\.instanceType' c6i\.large\. List/,
  ],
  ["the new instance type of a running node", { zones: [], liveType: "c7i.xlarge" }, {}, /is not offered in eu-c/],
  [
    "a second availability zone with the instance type for Redis",
    {},
    { redis: '{"mode": "elasticache"}' },
    /"c7i\.large": is offered only in eu-central-1a, and eu-central-1 needs 2 zones .*\.instanceType' c6i\.large\./,
  ],
  [
    "the instance type in the configured availability zone",
    {},
    regions({ zones: ["eu-central-1b"] }),
    /not offered in eu-central-1b, only in eu-central-1a\. .*\.instanceType' c6i\.large\. .*Values=eu-central-1b --region/,
  ],
  [
    "an Elastic IP",
    { addresses: 5 },
    {},
    /livekit:regions\[0\]\.nodes 1: the stack needs 1 more Elastic IPs in eu-central-1, where the account uses 5 of 5\. .*--service-code ec2 --quota-code L-0263D0A3 --desired-value 6 --region eu-central-1 and/,
  ],
  [
    "enough Elastic IPs even with a raised quota",
    { addresses: 3, ownAddresses: 1, addressQuota: 7, vcpus: 99 },
    { ...trioValues, ...regions({ nodes: 5 }) },
    /nodes 5: the stack needs 4 more Elastic IPs in eu-central-1, where the account uses 4 of 7\. .*--desired-value 8 /,
  ],
  [
    "a VPC",
    { vpcs: 5 },
    {},
    /livekit:regions\[0\]\.name "eu-central-1": the stack needs 1 more VPC in eu-central-1, where the account uses 5 of 5\. .*--service-code vpc --quota-code L-F678F1CE --desired-value 6 --region eu-central-1 /,
  ],
  [
    "the SNS topic that ElastiCache notifies",
    { zones: ["eu-central-1a", "eu-central-1b"] },
    { redis: '{"mode": "elasticache"}', ...topicOf("210987654321") },
    /livekit:alarms\.topicArn "arn:aws:sns:eu-central-1:210987654321:oncall": the SNS topic must belong to the stack's account 123456789012.* aws sns create-topic --name oncall --region eu-central-1.*pulumi config set -s stack --path livekit:alarms\.topicArn arn:aws:sns:eu-central-1:123456789012:oncall/,
  ],
  [
    "vCPUs because a new account has a quota of 1",
    { vcpus: 1 },
    {},
    /livekit:regions\[0\]\.nodes 1: the stack needs 2 vCPUs in eu-central-1, where other instances use 0 and the account's quota is 1\. .*--quota-code L-1216C47A --desired-value 2 --region eu-central-1 /,
  ],
  [
    "vCPUs because other On-Demand instances use the quota",
    {
      vcpus: 32,
      instances: [
        { type: "m7g.4xlarge", count: 1 },
        { type: "c7i.large", count: 5 },
        { type: "c7i.large", count: 1, tenancy: "dedicated" },
        { type: "t3.medium", count: 3 },
        // The following instances do not count towards the quota.
        { type: "m5.4xlarge", count: 6, tenancy: "host" },
        { type: "c7i.8xlarge", count: 1, spot: true },
        { type: "dl1.24xlarge", count: 1 },
        { type: "p5.48xlarge", count: 1 },
      ],
    },
    {},
    /needs 2 vCPUs in eu-central-1, where other instances use 31 and the account's quota is 32\. .*--desired-value 33 /,
  ],
  [
    "vCPUs for a larger instance type of a running node",
    { vcpus: 4, instances: [own(1)] },
    regions({ instanceType: "c7i.2xlarge" }),
    /needs 8 vCPUs in eu-central-1, where other instances use 0 and the account's quota is 4\. /,
  ],
  [
    "an image for the processor architecture of the instance type",
    { architecture: "arm64" },
    regions({ amiId: "ami-0123456789abcdef0" }),
    /amiId "ami-0123456789abcdef0": is for arm64, and c7i\.large is x86_64.*config rm/,
  ],
] as const)(
  "before the program creates anything, it reports that the account lacks %s",
  async (_, lacking, values, message) => {
    account = { ...complete, ...lacking };
    await expect(run(values)).rejects.toThrow(message);
  },
);

test.each<[string, Partial<Account>, Record<string, string>]>([
  ["enough vCPUs for every node", { vcpus: 4, instances: [{ type: "t3.large", count: 1 }] }, {}],
  ["a running node and a vCPU quota below the vCPUs of this node", { vcpus: 1, instances: [own(1)] }, {}],
  ["enough vCPUs for a third node", { vcpus: 6, instances: [own(2)] }, trioValues],
  ["more VPCs than its quota, including the stack's VPC", { vpcs: 5, ownVpc: true }, {}],
  ["access to more VPCs than its quota because other accounts share some VPCs", { vpcs: 4, sharedVpcs: 2 }, {}],
  ["access to an SNS topic of another account that only alarms notify", {}, topicOf("210987654321")],
  [
    "an SNS topic of its own that ElastiCache notifies",
    { zones: ["eu-central-1a", "eu-central-1b"] },
    { redis: '{"mode": "elasticache"}', ...topicOf("123456789012") },
  ],
  ["enough Elastic IPs because its quota was raised", { addresses: 5, addressQuota: 8 }, trioValues],
  ["more Elastic IPs than its quota but needs no new Elastic IP", { addresses: 9, ownAddresses: 1 }, {}],
])("the program starts if the account has %s", async (_, has, values) => {
  account = { ...complete, ...has };
  await run(values);
});

test.each([
  [
    "aws:assumeRoles",
    '[{"roleArn": "arn:aws:iam::123456789012:role/planted"}]',
    /config set -s stack aws:profile default$/,
  ],
  ["aws:accessKey", "AKIAplanted", /config set -s stack aws:profile default$/],
  [
    "aws:sharedConfigFiles",
    '["/planted/config"]',
    /variable AWS_CONFIG_FILE, which the provider and the aws command both read$/,
  ],
  [
    "aws:endpoints",
    '[{"ec2": "https://planted.example"}]',
    /variable AWS_ENDPOINT_URL, which the provider and the aws command both read$/,
  ],
])("rejects the provider setting %s, because the aws command does not read it", async (key, value, fix) => {
  account = complete;
  const error: Error = await run({}, { [key]: value }).then(
    () => new Error("accepted"),
    (rejected) => rejected,
  );
  expect(error.message).toContain(
    `${key}: this key must not be set: the AWS provider uses this setting, but the AWS CLI, which`,
  );
  expect(error.message).toContain(`pulumi config rm -s stack ${key}, and `);
  expect(error.message).toMatch(fix);
  expect(error.message).not.toContain("planted");
});

test("the program reports all missing account resources together, and failed credentials only once", async () => {
  account = { ...complete, hostedZone: "other.com", zones: [] };
  await expect(run()).rejects.toThrow(/hostedZone[\s\S]*instanceType/);
  account = { ...complete, failure: "No valid credential sources found" };
  const message = await run().then(
    () => "nothing failed",
    (error: Error) => error.message,
  );
  expect(message).toMatch(
    /^AWS: the AWS API cannot be called: No valid credential sources found\. .*get-caller-identity$/,
  );
});

test("the program reports the cause of an AWS error without the heading that Pulumi's AWS plugin prints above the cause", async () => {
  const denied = "operation error EC2: DescribeImages, api error UnauthorizedOperation: You are not authorized";
  account = { ...complete, failure: `invoking aws:ec2/getAmi:getAmi: 1 error occurred:\n\t* ${denied}\n\n` };
  await expect(run()).rejects.toThrow(
    `AWS: these credentials may not use the action ec2:DescribeImages: ${denied}. Allow this action`,
  );
});

describe("the check of the operator's machine before an update", () => {
  const machine = { platform: "linux", path: `${bin}:/usr/bin:/bin`, requirePulumi: async () => {} } as const;
  const lacks = (change: Partial<OperatorMachine>) => expect(requireOperatorTools({ ...machine, ...change })).rejects;

  test("accepts a machine with every required tool", () => requireOperatorTools(machine));

  test("requires the aws command", () => lacks({ path: "/nowhere" }).toThrow(/PATH: the AWS CLI, which.*https:/));

  test("requires a POSIX shell", () => lacks({ platform: "win32" }).toThrow(/Windows Subsystem for Linux/));

  test("requires a recent aws command", async () => {
    process.env["AWS_VERSION"] = "aws-cli/2.12.7 Python/3.11.4";
    try {
      await lacks({}).toThrow(/aws "aws-cli\/2\.12\.7 .*must be version 2\.13\.0 or newer/);
    } finally {
      delete process.env["AWS_VERSION"];
    }
  });

  test("requires a Pulumi engine with the features that the program uses", async () => {
    const requirePulumi = async (range: string) => Promise.reject(failure(`3.212.0 does not satisfy ${range}`));
    await lacks({ requirePulumi }).toThrow(
      /^pulumi: the Pulumi CLI must be version 3\.230\.0 or newer: 3\.212\.0 does not satisfy >=3\.230\.0/,
    );
  });
});
