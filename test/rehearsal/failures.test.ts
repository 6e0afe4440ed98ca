import { securityGroupRules } from "../../model/aws/ingress";
import { partsOf } from "../../packages/aws-simulator/network/parts";
import { FailingAccount, madeToFail } from "../support/failing-account";
import { Rehearsed } from "../support/rehearsed";
import { simulatorSuite } from "../support/simulator-suite";

/** One call for each kind of service, and EC2 calls that depend on each other. */
const calls = {
  "a secret's value": /PutSecretValue/,
  "a role's policy": /Action=PutRolePolicy&/,
  "a name": /ChangeResourceRecordSetsRequest/,
  "a bundle": /^PUT \S*bundles\//,
  "the VPC": /Action=CreateVpc&/,
  "a route": /Action=CreateRoute&/,
  "the instance": /Action=RunInstances&/,
  "the address of the instance": /Action=AssociateAddress&/,
};

let aws: Rehearsed;
let account: FailingAccount;

/** Counts resources that cost money or that would conflict if created twice. */
async function counted(): Promise<Record<string, number>> {
  const own = ["--filters", "Name=tag-key,Values=livekit-stack"];
  const zone = await aws.aws<string>("route53", "list-hosted-zones", "--query", "HostedZones[0].Id");
  const role = await aws.aws<string>("iam", "list-roles", "--query", "Roles[0].RoleName");
  const queries = {
    networks: ["Vpcs", "ec2", "describe-vpcs", ...own],
    subnets: ["Subnets", "ec2", "describe-subnets", ...own],
    groups: ["SecurityGroups[?GroupName!='default']", "ec2", "describe-security-groups", ...own],
    rules: ["SecurityGroupRules[?!IsEgress && CidrIpv4]", "ec2", "describe-security-group-rules"],
    addresses: ["Addresses", "ec2", "describe-addresses"],
    associations: ["Addresses[?AssociationId]", "ec2", "describe-addresses"],
    instances: ["Reservations[].Instances[?State.Name!='terminated'][]", "ec2", "describe-instances"],
    buckets: ["Buckets", "s3api", "list-buckets"],
    secrets: ["SecretList", "secretsmanager", "list-secrets"],
    roles: ["Roles", "iam", "list-roles"],
    policies: ["PolicyNames", "iam", "list-role-policies", "--role-name", role],
    names: ["ResourceRecordSets[?Type=='A']", "route53", "list-resource-record-sets", "--hosted-zone-id", zone],
  };
  const counts = Object.entries(queries).map(async ([what, [query, ...args]]) => {
    return [what, await aws.aws<number>(...args, "--query", `length(${query})`)] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

const machines = async () => (await partsOf(aws.docker, aws.rehearsal.workspace.number, "machine")).length;

simulatorSuite("an `up` that fails half-way", () => {
  beforeAll(async () => {
    aws = await Rehearsed.start();
    account = await FailingAccount.before(aws.rehearsal.simulator.awsEndpointUrl);
  });
  afterAll(async () => {
    account?.close();
    await aws?.remove();
  });

  test("fails with AWS's error message for each AWS call that fails, and can be run again", async () => {
    let left = Object.values<RegExp>(calls);
    // Each `up` stops at the first failure; concurrent operations may fail as well.
    while (left.length > 0) {
      account.fail(left);
      const { exitCode, all } = await aws.upInItsOwnProcess(account.url);
      expect([exitCode, all]).toEqual([1, expect.stringContaining(madeToFail)]);
      expect(account.failures).not.toEqual([]);
      left = left.filter((call) => !account.failures.includes(call));
    }
  });

  test("can be interrupted while the node boots, and the next `up` finishes without duplicate resources", async () => {
    await aws.upInterruptedAt("euc1-1-change");
    expect(await machines()).toBe(1);
    const [before] = await aws.aws<string[]>("ec2", "describe-addresses", "--query", "Addresses[].PublicIp");
    await aws.up();
    expect(await counted()).toEqual({
      networks: 1,
      subnets: 2,
      groups: 1,
      rules: securityGroupRules(aws.rehearsal.plan).reduce((sum, { sources }) => sum + sources.length, 0),
      addresses: 1,
      associations: 1,
      instances: 1,
      buckets: 1,
      secrets: 2,
      roles: 1,
      policies: 1,
      names: 3,
    });
    expect(await machines()).toBe(1);
    expect(await aws.aws("ec2", "describe-addresses", "--query", "Addresses[].PublicIp")).toEqual([before]);
    expect(await aws.up()).toEqual([]);
  });

  test("leaves a node that carries media after all failures", async () => {
    const { exitCode, all } = await aws.outside("smoke", "--paths", "udp,turn-tls,wss");
    expect([exitCode, all]).toEqual([0, expect.stringContaining("3 of 3 paths")]);
  });
});
