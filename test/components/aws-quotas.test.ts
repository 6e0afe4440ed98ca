import { Provider } from "@pulumi/aws/provider";
import * as pulumi from "@pulumi/pulumi";
import { planAws } from "../../model/aws/plan";
import { type Account, complete, lookUp } from "../support/account-lookups";
import { configureAws, testRegion } from "../support/settings";

let account = complete;
const calls: string[] = [];

pulumi.runtime.setMocks({
  newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: inputs }),
  call: ({ token, inputs }) => {
    calls.push(token);
    return lookUp(account, token, inputs);
  },
});

/** Runs the program's checks against this account, and returns the warnings. */
async function check(given: Partial<Account>): Promise<readonly string[]> {
  account = { ...complete, ...given };
  calls.length = 0;
  const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
  try {
    const { findFacts } = require("../../stacks/aws-facts") as typeof import("../../stacks/aws-facts");
    await findFacts(planAws(configureAws().settings), new Provider("aws", { region: testRegion.name }));
    return warn.mock.calls.map(([message]) => message);
  } finally {
    warn.mockRestore();
  }
}

const quotaCall = "aws:servicequotas/getServiceQuota:getServiceQuota";
const vpcCall = "aws:ec2/getVpcs:getVpcs";
const addressCall = "aws:ec2/getEips:getEips";
const instanceCall = "aws:ec2/getInstances:getInstances";

/** AWS's error if an organization's SCP denies the action. */
const denied = (service: string, action: string) =>
  `operation error ${service}: ${action.replace(/.*:/, "")}, https response error StatusCode: 400, RequestID: 0a1b, ` +
  `AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/up/ci is not authorized to perform: ${action} ` +
  "with an explicit deny in a service control policy";
const warning = (code: string, action: string) =>
  expect.stringMatching(`^Skips the check of quota ${code} in eu-central-1: AWS denies the action ${action}\\. .*SCP`);

test("the program skips all quota checks and warns if AWS denies reading quotas", async () => {
  const action = "servicequotas:GetServiceQuota";
  const warnings = await check({ failures: { [quotaCall]: denied("Service Quotas", action) }, addresses: 9, vpcs: 9 });
  const codes = ["L-0263D0A3", "L-1216C47A", "L-F678F1CE"];
  expect([...warnings].sort()).toEqual(codes.map((code) => warning(code, action)));
});

test.each([
  ["L-F678F1CE", "ec2:DescribeVpcs", vpcCall],
  ["L-0263D0A3", "ec2:DescribeAddresses", addressCall],
])("the program skips only the check of quota %s if AWS denies %s", async (code, action, token) => {
  expect(await check({ failures: { [token]: denied("EC2", action) } })).toEqual([warning(code, action)]);
});

test("the program checks the other quotas if AWS denies reading one resource type", async () => {
  const failures = { [vpcCall]: denied("EC2", "ec2:DescribeVpcs") };
  await expect(check({ failures, vcpus: 1 })).rejects.toThrow(/needs 2 vCPUs in eu-central-1/);
});

test("the program fails if AWS denies reading instances, because the choice of availability zones also needs the instances", async () => {
  const failures = { [instanceCall]: denied("EC2", "ec2:DescribeInstances") };
  await expect(check({ failures })).rejects.toThrow(
    /^AWS: these credentials may not use the action ec2:DescribeInstances: /,
  );
});

test.each([
  ["expired credentials", "api error ExpiredTokenException: The security token is expired", /have expired/],
  ["a network failure", "dial tcp 192.0.2.1:443: i/o timeout", /cannot be called: .*i\/o timeout/],
])("the quota check fails on %s", async (_, text, message) => {
  for (const token of [quotaCall, vpcCall, addressCall]) {
    await expect(check({ failures: { [token]: `operation error X: Y, ${text}` } })).rejects.toThrow(message);
  }
});

test("the program reads no quota if the VPC exists and every node has an address and runs", async () => {
  const instances = [{ type: "c7i.large", count: 1, own: true }] as const;
  const full = { vpcs: 5, ownVpc: true, addresses: 5, ownAddresses: 1, instances, vcpus: 1 };
  expect(await check({ ...full, failures: { [quotaCall]: "dial tcp 192.0.2.1:443: i/o timeout" } })).toEqual([]);
  expect(calls).toEqual(expect.arrayContaining([vpcCall, addressCall, instanceCall]));
  expect(calls).not.toContain(quotaCall);
});
