import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { RunError } from "@pulumi/pulumi";
import { networkSection } from "../../model/aws/live-network";
import { named, ofType, type Registered, registerAws } from "../support/aws-stack";
import { fleetValues, testRegion } from "../support/settings";
import { unhandledErrors } from "../support/unhandled-errors";

const region = (change: object) => ({ regions: JSON.stringify([{ ...testRegion, ...change }]) });

test("Pulumi ignores a changed CIDR of a VPC and a changed availability zone of a subnet, because AWS cannot change either", async () => {
  const all = await registerAws();
  expect(named("euc1-vpc", all).ignoreChanges).toEqual(["cidrBlock"]);
  expect(named("euc1-subnet-a", all).ignoreChanges).toEqual(["availabilityZone"]);
});

test.each([
  [
    "an instance type that a node's availability zone does not offer",
    {},
    { "euc1-subnet-a": { availabilityZone: "eu-central-1d" } },
    /^livekit:regions\[0\]\.instanceType "c7i\.large": is not offered in eu-central-1d, the zone of euc1-1\. Set another type with: pulumi config set --path 'livekit:regions\[0\]\.instanceType' c6i\.large\. .*Values=eu-central-1d --region eu-central-1$/,
  ],
  [
    "a changed CIDR",
    region({ cidr: "10.9.0.0/16" }),
    { "euc1-vpc": { cidrBlock: "10.0.0.0/16" } },
    /^livekit:regions\[0\]\.cidr "10\.9\.0\.0\/16": cannot be changed: .* has 10\.0\.0\.0\/16\. Set it back with: pulumi config set --path 'livekit:regions\[0\]\.cidr' 10\.0\.0\.0\/16\. .*docs\/aws\.md$/,
  ],
  [
    "a changed availability zone",
    region({ zones: ["eu-central-1b"] }),
    { "euc1-subnet-a": { availabilityZone: "eu-central-1a" } },
    /^livekit:regions\[0\]\.zones\[0\] "eu-central-1b": cannot be changed: .* is in eu-central-1a\. Set it back with: pulumi config set --path 'livekit:regions\[0\]\.zones\[0\]' eu-central-1a\./,
  ],
] as const)(
  "in an existing region, the program rejects %s before any node changes",
  async (_, values, live, message) => {
    let all: readonly Registered[] = [];
    const [error] = await unhandledErrors(async () => {
      all = await registerAws(values, { live, complete: false });
    });
    expect(error?.message).toMatch(message);
    // Pulumi prints a RunError without its stack trace.
    expect(RunError.isInstance(error)).toBe(true);
    expect(inspect(error, { colors: true })).toBe(error?.message);
    for (const type of ["Instance", "EipAssociation", "Command"]) expect(ofType(type, all)).toEqual([]);
  },
);

test("the program accepts a running node's instance type even if the node's availability zone no longer offers that type", async () => {
  const live = { "euc1-subnet-a": { availabilityZone: "eu-central-1d" } };
  expect(ofType("Instance", await registerAws({}, { live, unchanged: ["euc1-1"] }))).toHaveLength(1);
});

test("the load balancer and Redis are in the availability zones of the nodes' existing subnets", async () => {
  const live = { "euc1-subnet-b": { availabilityZone: "eu-central-1c" } };
  const all = await registerAws(fleetValues, { live });
  expect(named("euc1-subnet-shared-b", all).inputs).toMatchObject({ availabilityZone: "eu-central-1c" });
});

test("docs/aws.md has the section that the network errors link to", () => {
  expect(readFileSync(join(__dirname, "../../docs/aws.md"), "utf8")).toContain(`\n### ${networkSection}\n`);
});
