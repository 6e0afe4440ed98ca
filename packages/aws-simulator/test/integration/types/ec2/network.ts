import {
  CreateTagsCommand,
  DeleteRouteCommand,
  DescribeAddressesCommand,
  DescribeInternetGatewaysCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcPeeringConnectionsCommand,
  DescribeVpcsCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { type SimulatedAws, simulatedRegion } from "../../../../../../test/support/simulated-aws";
import { awsOptions } from "../../../../../../test/support/simulator-account";
import { required } from "../../../../../provider-kit/required";
import { tagsFound } from "../../../../provider/resource";
import { type NetworkOptions, network } from "../../../support/ec2-network";
import { steps } from "../../../support/engine-steps";
import { meetAccount, simulatedType } from "../../../support/simulated-type";

const first: NetworkOptions = {
  tag: "one",
  rule: { description: "HTTPS", toPort: 443 },
  subnet: "10.0.0.0/19",
  groupDescription: "Nodes",
  trafficType: "ALL",
  home: "network",
};

/** Tests every EC2 type except instances: resources are created, changed outside Pulumi, updated and deleted. */
export function networkTypes(context: () => SimulatedAws): void {
  let aws: SimulatedAws;
  let ec2: EC2Client;
  let ids: Record<string, string>;

  beforeAll(() => {
    aws = context();
    ec2 = new EC2Client(awsOptions(aws.simulator, simulatedRegion));
  });

  const up = async (options: NetworkOptions) => {
    const { outputs, stdout } = await aws.stack.up(async () => network(aws.provider(), options));
    ids = Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
    return steps(stdout);
  };
  const rules = async () => {
    const Filters = [{ Name: "group-id", Values: [ids["group"] as string] }];
    const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }));
    return SecurityGroupRules.map(
      (rule) => `${rule.IsEgress ? "out" : "in"} ${rule.IpProtocol} ${rule.ToPort} ${rule.Description}`,
    ).sort();
  };

  test("an update creates a resource of every network type; a second update and a refresh find no changes", async () => {
    expect(await up(first)).toHaveLength(17);
    expect(await up(first)).toEqual([]);
    expect(await rules()).toEqual(["in tcp 443 HTTPS", "out -1 -1 HTTPS"]);
    const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ VpcIds: [ids["vpc"] as string] }));
    const tags = { Name: "one", "livekit-stack": "test" };
    expect(tagsFound(Vpcs?.[0]?.Tags).tagsAll).toEqual(tags);
    const { Addresses } = await ec2.send(new DescribeAddressesCommand({}));
    expect(Addresses).toMatchObject([{ PublicIp: expect.stringMatching(/^198\.51\.100\./), Domain: "vpc" }]);
    const { SecurityGroups } = await ec2.send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: "vpc-id", Values: [ids["vpc"] as string] }] }),
    );
    expect(SecurityGroups).toContainEqual(
      expect.objectContaining({ GroupName: "default", IpPermissions: [], IpPermissionsEgress: [] }),
    );
    const { VpcPeeringConnections } = await ec2.send(new DescribeVpcPeeringConnectionsCommand({}));
    expect(VpcPeeringConnections).toMatchObject([{ Status: { Code: "active" } }]);
  });

  test("a refresh finds changes made outside Pulumi, and the next update reverts them", async () => {
    const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({}));
    const ingress = SecurityGroupRules.find((rule) => rule.GroupId === ids["group"] && !rule.IsEgress);
    const SecurityGroupRuleIds = [required(ingress?.SecurityGroupRuleId, "SecurityGroupRuleId")];
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: ids["group"], SecurityGroupRuleIds }));
    await ec2.send(
      new CreateTagsCommand({ Resources: [ids["subnet"] as string], Tags: [{ Key: "Name", Value: "odd" }] }),
    );
    await ec2.send(new DeleteRouteCommand({ RouteTableId: ids["table"], DestinationCidrBlock: "10.1.0.0/16" }));
    const { summary } = await aws.stack.refresh();
    expect(summary.resourceChanges).toMatchObject({ delete: 2, update: 1 });
    expect(await up(first)).toEqual(["created far", "created in", "updated subnet"]);
    expect(await rules()).toEqual(["in tcp 443 HTTPS", "out -1 -1 HTTPS"]);
    const { summary: again } = await aws.stack.refresh();
    expect(again.resourceChanges).toEqual({ same: 19 });
  });

  test("an update changes a resource in place if AWS can change the input, and replaces the resource if AWS cannot", async () => {
    const changed: NetworkOptions = { ...first, rule: { description: "more", toPort: 444 }, home: "spare" };
    expect(await up(changed)).toEqual(["updated gateway", "updated in", "updated internet", "updated out"]);
    expect(await rules()).toEqual(["in tcp 444 more", "out -1 -1 more"]);
    const { InternetGateways } = await ec2.send(new DescribeInternetGatewaysCommand({}));
    const gateway = InternetGateways?.find(({ InternetGatewayId }) => InternetGatewayId === ids["gateway"]);
    expect(gateway?.Attachments).toHaveLength(1);
    expect(gateway?.Attachments).not.toMatchObject([{ VpcId: ids["vpc"] }]);
    const moved = { ...first, subnet: "10.0.32.0/19", groupDescription: "Others", trafficType: "REJECT" as const };
    const did = await up({ ...moved, home: "spare", rule: changed.rule });
    const replaced = ["association", "flow", "group", "in", "out", "subnet"];
    expect(did.filter((step) => step.startsWith("replaced"))).toEqual(replaced.map((name) => `replaced ${name}`));
    expect(await rules()).toEqual(["in tcp 444 more", "out -1 -1 more"]);
  });

  test("a destroy deletes every resource, even if some no longer exist", async () => {
    const Filters = [{ Name: "group-id", Values: [ids["group"] as string] }];
    const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }));
    const SecurityGroupRuleIds = SecurityGroupRules.flatMap((rule) =>
      rule.IsEgress ? [] : [rule.SecurityGroupRuleId as string],
    );
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: ids["group"], SecurityGroupRuleIds }));
    await aws.stack.destroy();
    const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["false"] }] }));
    expect(Vpcs).toEqual([]);
    expect((await ec2.send(new DescribeAddressesCommand({}))).Addresses).toEqual([]);
  });

  test("a route table association changes its route table in place, and can then be read and deleted", async () => {
    meetAccount(aws);
    const [vpc, subnet, table] = [
      simulatedType("aws:ec2/vpc:Vpc"),
      simulatedType("aws:ec2/subnet:Subnet"),
      simulatedType("aws:ec2/routeTable:RouteTable"),
    ];
    const association = simulatedType("aws:ec2/routeTableAssociation:RouteTableAssociation");
    const vpcId = await vpc.create({ cidrBlock: "10.6.0.0/16" });
    const subnetId = await subnet.create({ vpcId, cidrBlock: "10.6.0.0/24" });
    const [one, other] = [await table.create({ vpcId }), await table.create({ vpcId })];
    const state = (routeTableId: string) => ({ region: simulatedRegion, subnetId, routeTableId });
    const id = await association.create(state(one));
    expect(await association.update(id, state(other), state(one))).toMatchObject(state(other));
    expect(await association.read(id, state(one))).toMatchObject({ outputs: state(other) });
    await association.remove(id, state(other));
    expect(await association.read(id, state(other))).toBeUndefined();
    await Promise.all([one, other].map((routeTableId) => table.remove(routeTableId, {})));
    await subnet.remove(subnetId, {});
    await vpc.remove(vpcId, {});
  });
}
