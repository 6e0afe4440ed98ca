import { planAws } from "../../../model/aws/plan";
import { AwsCli } from "../../../scripts/aws/cli";
import { entryVariables, nodeAddresses } from "../../../scripts/aws/node-entry";
import { configureAws, fleetValues, trioValues } from "../../support/settings";
import { fakeMachine } from "../tools/fake-machine";

/** An account with an address for each node. The last octet is the node's number. */
async function account(answers: Readonly<Record<string, object>> = {}) {
  const machine = fakeMachine({
    commands: { aws: "/usr/bin/aws" },
    answer: (line) => {
      if (line.includes("--version")) return "aws-cli/2.23.6";
      if (line.includes("describe-addresses")) return JSON.stringify({ Addresses: addresses(line) });
      const [, answer = {}] = Object.entries(answers).find(([words]) => line.includes(words)) ?? [];
      return JSON.stringify(answer);
    },
  });
  return { aws: await AwsCli.find("eu-central-1", machine), ran: machine.ran };
}

function addresses(line: string) {
  const tags = /Values=(\S+)/.exec(line)?.[1]?.split(",") ?? [];
  return tags.map((tag) => ({
    PublicIp: `192.0.2.${tag.at(-1)}`,
    ...(!tag.endsWith("3") && { InstanceId: `i-${tag}` }),
    Tags: [{ Key: "Name", Value: tag }],
  }));
}

const fleet = planAws(configureAws(fleetValues).settings);
const trio = planAws(configureAws(trioValues).settings);

test("nodeAddresses reads each node's public address from the region of the node", async () => {
  const { aws, ran } = await account();
  expect(await nodeAddresses(aws, fleet)).toMatchObject({
    "euc1-1": { address: "192.0.2.1", instance: "i-inspire-lab-euc1-1" },
    "use1-2": { address: "192.0.2.2", instance: "i-inspire-lab-use1-2" },
  });
  expect(ran).toContainEqual(expect.stringMatching(/--region us-east-1 .*use1-1,inspire-lab-use1-2/));
});

test("for a node behind a load balancer, entryVariables returns the target groups of the node's region", async () => {
  const { aws, ran } = await account({
    "describe-target-groups": { TargetGroups: [{ TargetGroupArn: "arn:a" }, { TargetGroupArn: "arn:b" }] },
  });
  const [, , node] = fleet.nodes;
  if (!node) throw new Error("the fleet has four nodes");
  expect(await entryVariables(aws, fleet, node)).toEqual({
    INSTANCE: "i-inspire-lab-use1-1",
    NODE_REGION: "us-east-1",
    TARGET_GROUPS: "arn:a arn:b",
  });
  expect(ran.at(-1)).toMatch(/--region us-east-1 elbv2 describe-target-groups --names inspire-lab-443\b/);
});

test("without a load balancer, entryVariables returns the Route 53 health check for the API's name at the node's address", async () => {
  const check = (Id: string, IPAddress: string, FullyQualifiedDomainName: string) => ({
    Id,
    HealthCheckConfig: { IPAddress, FullyQualifiedDomainName },
  });
  const own = check("check-2", "192.0.2.2", trio.apiName);
  const others = [check("check-1", "192.0.2.1", trio.apiName), check("check-x", "192.0.2.2", "other.example.com")];
  const [first, second, third] = trio.nodes;
  if (!second || !third) throw new Error("the trio has three nodes");
  const { aws } = await account({ "list-health-checks": { HealthChecks: [...others, own] } });
  expect(await entryVariables(aws, trio, second)).toMatchObject({ HEALTH_CHECK: "check-2" });
  await expect(entryVariables(aws, trio, third)).rejects.toThrow(/euc1-3.*no instance has its Elastic IP.*pulumi up/);
  const bare = await account({ "list-health-checks": { HealthChecks: [] } });
  await expect(entryVariables(bare.aws, trio, first)).rejects.toThrow(/euc1-1.*no health check polls 192\.0\.2\.1/);
});

test("for a single node, entryVariables returns the instance id and the region, and rejects a node without an instance", async () => {
  const { aws } = await account();
  const plan = planAws(configureAws().settings);
  const instance = { INSTANCE: "i-inspire-lab-euc1-1", NODE_REGION: "eu-central-1" };
  expect(await entryVariables(aws, plan, plan.nodes[0])).toEqual(instance);
  const lost = { ...plan.nodes[0], name: "euc1-3" };
  await expect(entryVariables(aws, plan, lost)).rejects.toThrow(/euc1-3.*no instance has its Elastic IP/);
});
