import {
  AssociateAddressCommand,
  CreateNetworkInterfaceCommand,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  CreateCacheSubnetGroupCommand,
  CreateReplicationGroupCommand,
  DeleteCacheSubnetGroupCommand,
  DeleteReplicationGroupCommand,
  ElastiCacheClient,
} from "@aws-sdk/client-elasticache";
import { CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { simulatedRegion as region, type SimulatedAws } from "../../../../../../test/support/simulated-aws";
import { awsOptions } from "../../../../../../test/support/simulator-account";
import { required } from "../../../../../provider-kit/required";
import type { Properties } from "../../../../../provider-kit/values";
import { functions } from "../../../../provider/functions";
import { meetAccount, simulatedType } from "../../../support/simulated-type";

const vpc = simulatedType("aws:ec2/vpc:Vpc");
const subnet = simulatedType("aws:ec2/subnet:Subnet");
const group = simulatedType("aws:ec2/securityGroup:SecurityGroup");
const ingress = simulatedType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
const table = simulatedType("aws:ec2/routeTable:RouteTable");
const association = simulatedType("aws:ec2/routeTableAssociation:RouteTableAssociation");
const route = simulatedType("aws:ec2/route:Route");
const gateway = simulatedType("aws:ec2/internetGateway:InternetGateway");
const eip = simulatedType("aws:ec2/eip:Eip");
const eipAssociation = simulatedType("aws:ec2/eipAssociation:EipAssociation");
const peering = simulatedType("aws:ec2/vpcPeeringConnection:VpcPeeringConnection");
const instance = simulatedType("aws:ec2/instance:Instance");

/** Tests rejections of requests that AWS rejects but the simulated AWS accepts. These tests leave VPCs behind. */
export function rejections(context: () => SimulatedAws): void {
  let aws: SimulatedAws;
  let ec2: EC2Client;
  let route53: Route53Client;
  let access: ReturnType<typeof awsOptions>;
  let ids: { vpcId: string; otherVpcId: string; subnetId: string; groupId: string; otherGroupId: string };

  beforeAll(async () => {
    aws = context();
    meetAccount(aws);
    access = awsOptions(aws.simulator, region);
    [ec2, route53] = [new EC2Client(access), new Route53Client(access)];
    const [vpcId, otherVpcId] = await Promise.all(
      ["10.0.0.0/16", "10.1.0.0/16"].map((cidrBlock) => vpc.create({ cidrBlock })),
    );
    const subnetId = await subnet.create({ vpcId, cidrBlock: "10.0.0.0/24", availabilityZone: `${region}a` });
    const [groupId, otherGroupId] = await Promise.all(
      [vpcId, otherVpcId].map((id) => group.create({ name: "nodes", vpcId: id })),
    );
    ids = { vpcId, otherVpcId, subnetId, groupId, otherGroupId } as typeof ids;
  });

  const inputs = (): Properties => ({
    ami: "ami-0000000000000a001",
    instanceType: "c7i.large",
    subnetId: ids.subnetId,
    vpcSecurityGroupIds: [ids.groupId],
    metadataOptions: { httpTokens: "required" },
  });

  test.each<[string, () => Properties, RegExp]>([
    ["an image that does not exist", () => ({ ami: "ami-00000000000000fff" }), /InvalidAMIID\.NotFound.*ami-0+fff/],
    [
      "an image for another architecture",
      () => ({ ami: "ami-0000000000000b001" }),
      /InvalidParameterValue.*architecture 'arm64'/,
    ],
    [
      "an instance type that does not exist",
      () => ({ instanceType: "c7i.huge" }),
      /InvalidParameterValue.*'c7i\.huge' for InstanceType/,
    ],
    ["a subnet that does not exist", () => ({ subnetId: "subnet-0000000000000000f" }), /InvalidSubnetID\.NotFound/],
    [
      "a security group that does not exist",
      () => ({ vpcSecurityGroupIds: ["sg-0000000000000000f"] }),
      /InvalidGroup\.NotFound/,
    ],
    [
      "a security group of another VPC",
      () => ({ vpcSecurityGroupIds: [ids.otherGroupId] }),
      /InvalidParameter:.*different networks/,
    ],
    ["an address outside its subnet", () => ({ privateIp: "10.0.1.4" }), /10\.0\.1\.4 does not fall within/],
    ["the subnet's fourth address", () => ({ privateIp: "10.0.0.3" }), /10\.0\.0\.3 is in subnet's reserved/],
    ["the subnet's last address", () => ({ privateIp: "10.0.0.255" }), /10\.0\.0\.255 is in subnet's reserved/],
    ["an instance profile that does not exist", () => ({ iamInstanceProfile: "missing" }), /missing/],
  ])("rejects an instance with %s and creates no instance", async (_what, wrong, words) => {
    await expect(instance.create({ ...inputs(), ...wrong() })).rejects.toThrow(words);
    expect(
      (await ec2.send(new DescribeInstancesCommand({}))).Reservations?.flatMap((each) => each.Instances ?? []),
    ).toEqual([]);
  });

  test("terminates an instance whose machine does not boot or whose creation is interrupted", async () => {
    const lost = instance.create({ ...inputs(), ami: "ami-0000000000000c001", disableApiTermination: true });
    await expect(lost).rejects.toThrow(/Unable to boot test from localhost\/livekit-stack\/lost:1: No such image/);
    await expect(instance.create(inputs(), AbortSignal.abort())).rejects.toThrow(/abort/i);
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    const states = Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name));
    expect(states).toEqual(["terminated", "terminated"]);
    expect(await aws.simulator.machine("test")).toBeUndefined();
  });

  test("rejects an instance if no simulator runs", async () => {
    const { LIVEKIT_SIMULATOR: number } = process.env;
    delete process.env["LIVEKIT_SIMULATOR"];
    try {
      await expect(instance.create(inputs())).rejects.toThrow(
        "this fallback AWS provider works only in rehearsals; start a rehearsal with: npm run rehearse",
      );
    } finally {
      process.env["LIVEKIT_SIMULATOR"] = number;
    }
  });

  test("rejects a duplicate security group rule even if its description differs", async () => {
    const rule = { securityGroupId: ids.groupId, ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: "0.0.0.0/0" };
    await ingress.create({ ...rule, description: "one" });
    await expect(ingress.create({ ...rule, description: "two" })).rejects.toThrow(/InvalidPermission\.Duplicate/);
    await expect(ingress.create({ ...rule, securityGroupId: "sg-0000000000000000f" })).rejects.toThrow(/NotFound/);
    await expect(group.create({ name: "nodes", vpcId: ids.vpcId })).rejects.toThrow(/InvalidGroup\.Duplicate/);
  });

  test("rejects a second route table for a subnet, a duplicate route and a route to a missing gateway", async () => {
    const routeTableId = await table.create({ vpcId: ids.vpcId });
    await association.create({ subnetId: ids.subnetId, routeTableId });
    const other = association.create({
      subnetId: ids.subnetId,
      routeTableId: await table.create({ vpcId: ids.vpcId }),
    });
    await expect(other).rejects.toThrow(/Resource\.AlreadyAssociated/);
    const wanted = {
      routeTableId,
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: await gateway.create({ vpcId: ids.vpcId }),
    };
    await route.create(wanted);
    await expect(route.create(wanted)).rejects.toThrow(/RouteAlreadyExists/);
    const nowhere = { ...wanted, destinationCidrBlock: "10.9.0.0/16", gatewayId: "igw-0000000000000000f" };
    await expect(route.create(nowhere)).rejects.toThrow(/NotFound/);
    await expect(subnet.create({ vpcId: ids.vpcId, cidrBlock: "10.7.0.0/24" })).rejects.toThrow(/InvalidSubnet\.Range/);
  });

  test("rejects Elastic IPs above the quota and an association with a missing instance", async () => {
    const elasticIps = { region, serviceCode: "ec2", quotaCode: "L-0263D0A3" };
    const quota = await functions["aws:servicequotas/getServiceQuota:getServiceQuota"]?.(elasticIps);
    expect(quota?.["value"]).toBe(16);
    const made = await Promise.all(Array.from({ length: 16 }, () => eip.create({})));
    await expect(eip.create({})).rejects.toThrow(/AddressLimitExceeded: The maximum number of addresses/);
    const { Addresses = [] } = await ec2.send(new DescribeAddressesCommand({}));
    expect(new Set(Addresses.map(({ PublicIp }) => PublicIp)).size).toBe(16);
    const wanted = { allocationId: made[0], instanceId: "i-0000000000000000f" };
    await expect(eipAssociation.create(wanted)).rejects.toThrow(/InvalidInstanceID\.NotFound/);
    for (const id of made) await eip.remove(id, {});
    await eip.remove(made[0] as string, {});
    expect(await eip.read(made[0] as string, {})).toBeUndefined();
  });

  test("rejects the deletion of a security group, subnet or internet gateway in use", async () => {
    const vpcId = await vpc.create({ cidrBlock: "10.8.0.0/16" });
    const SubnetId = await subnet.create({ vpcId, cidrBlock: "10.8.0.0/24" });
    const [inUse, gatewayId] = [await group.create({ name: "used", vpcId }), await gateway.create({ vpcId })];
    const { NetworkInterface } = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, Groups: [inUse] }));
    const AllocationId = await eip.create({});
    const { NetworkInterfaceId } = NetworkInterface ?? {};
    await ec2.send(new AssociateAddressCommand({ AllocationId, NetworkInterfaceId }));
    await expect(group.remove(inUse, {})).rejects.toThrow(/DependencyViolation: resource sg-/);
    await expect(subnet.remove(SubnetId, {})).rejects.toThrow(/DependencyViolation: resource subnet-/);
    await expect(gateway.remove(gatewayId, {})).rejects.toThrow(/DependencyViolation.*mapped public address/);
    await eip.remove(AllocationId, {});
    await gateway.remove(gatewayId, {});
    await expect(vpc.remove(vpcId, {})).rejects.toThrow(/DependencyViolation: The vpc 'vpc-.*' has dependencies/);
  });

  test("rejects the deletion of subnets, security groups and internet gateways that a load balancer or cache uses", async () => {
    const vpcId = await vpc.create({ cidrBlock: "10.9.0.0/16" });
    const gatewayId = await gateway.create({ vpcId });
    const [balanced, cached] = await Promise.all(
      ["10.9.0.0/24", "10.9.1.0/24"].map((cidrBlock) => subnet.create({ vpcId, cidrBlock })),
    );
    const cacheGroup = await group.create({ name: "cache", vpcId });
    const elb = new ElasticLoadBalancingV2Client(access);
    const nlb = { Type: "network", Scheme: "internet-facing" } as const;
    const wanted = { ...nlb, Name: "entry", Subnets: [required(balanced, "SubnetId")] };
    const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand(wanted));
    const elastiCache = new ElastiCacheClient(access);
    const CacheSubnetGroupName = "redis";
    const subnets = {
      CacheSubnetGroupName,
      CacheSubnetGroupDescription: "Redis",
      SubnetIds: [required(cached, "SubnetId")],
    };
    await elastiCache.send(new CreateCacheSubnetGroupCommand(subnets));
    const redis = { ReplicationGroupId: "redis", ReplicationGroupDescription: "Redis", CacheSubnetGroupName };
    const kind = { Engine: "redis", CacheNodeType: "cache.t4g.small", NumCacheClusters: 1 };
    await elastiCache.send(
      new CreateReplicationGroupCommand({ ...redis, ...kind, SecurityGroupIds: [cacheGroup as string] }),
    );
    for (const id of [balanced, cached] as string[]) {
      await expect(subnet.remove(id, {})).rejects.toThrow(/DependencyViolation: resource subnet-/);
    }
    await expect(group.remove(cacheGroup, {})).rejects.toThrow(/DependencyViolation: resource sg-/);
    await expect(gateway.remove(gatewayId, {})).rejects.toThrow(/DependencyViolation.*mapped public address/);
    const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn;
    await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
    await elastiCache.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: "redis" }));
    await elastiCache.send(new DeleteCacheSubnetGroupCommand({ CacheSubnetGroupName }));
    for (const id of [balanced, cached] as string[]) await subnet.remove(id, {});
    await group.remove(cacheGroup, {});
    await expect(vpc.remove(vpcId, {})).rejects.toThrow(/DependencyViolation/);
    await gateway.remove(gatewayId, {});
    await vpc.remove(vpcId, {});
  });

  test("deletes a VPC peering connection whose networks overlap or whose creation is interrupted", async () => {
    const far = await vpc.create({ cidrBlock: "10.0.128.0/17" });
    await expect(peering.create({ vpcId: ids.vpcId, peerVpcId: far })).rejects.toThrow(/overlapping CIDR range/);
    const interrupted = peering.create({ vpcId: ids.vpcId, peerVpcId: ids.otherVpcId }, AbortSignal.abort());
    await expect(interrupted).rejects.toThrow(/abort/i);
    const { VpcPeeringConnections = [] } = await ec2.send(new DescribeVpcPeeringConnectionsCommand({}));
    const own = VpcPeeringConnections.filter(({ RequesterVpcInfo }) => RequesterVpcInfo?.VpcId === ids.vpcId);
    expect(own.map(({ Status }) => Status?.Code)).toEqual(["deleted", "deleted"]);
  });

  test("a lookup without a result fails with the official provider's message", async () => {
    const ask = (token: string, args: Properties) => functions[token]?.(args);
    const [getAmi, getZone] = ["aws:ec2/getAmi:getAmi", "aws:route53/getZone:getZone"];
    const named = (name: string, values: string[]) => ({ filters: [{ name, values }] });
    const debian = { owners: ["136693071363"], mostRecent: true, ...named("name", ["debian-13-amd64-*"]) };
    expect(await ask(getAmi, debian)).toMatchObject({ id: "ami-0000000000000a002", architecture: "x86_64" });
    expect(await ask(getAmi, named("image-id", ["ami-0000000000000b001"]))).toMatchObject({ architecture: "arm64" });
    await expect(ask(getAmi, named("name", ["fedora-*"]))).rejects.toThrow(
      "Your query returned no results. Please change your search criteria and try again.",
    );
    await expect(ask(getAmi, { ...debian, mostRecent: false })).rejects.toThrow("more than one result");
    await expect(ask(getZone, { name: "example.com" })).rejects.toThrow("no matching Route 53 Hosted Zone found");
    await route53.send(new CreateHostedZoneCommand({ Name: "example.com", CallerReference: "test" }));
    expect(await ask(getZone, { name: "example.com", privateZone: false })).toMatchObject({
      name: "example.com",
      zoneId: expect.stringMatching(/^[A-Z0-9]+$/),
    });
    const query = { locationType: "availability-zone", ...named("instance-type", ["c7i.large"]) };
    const offered = await ask("aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings", query);
    expect(offered?.["locations"]).toContain(`${region}a`);
    const getCallerIdentity = "aws:index/getCallerIdentity:getCallerIdentity";
    expect(await ask(getCallerIdentity, {})).toMatchObject({ accountId: "123456789012" });
    const tags = { "livekit-stack": "unused" };
    expect(await ask("aws:ec2/getEips:getEips", { region, tags })).toMatchObject({ publicIps: [] });
    const getVpcs = "aws:ec2/getVpcs:getVpcs";
    expect(await ask(getVpcs, { region, tags })).toMatchObject({ ids: [] });
    const ownVpcs = await ask(getVpcs, { region, ...named("owner-id", ["123456789012"]) });
    expect(ownVpcs?.["ids"]).toEqual(expect.arrayContaining([ids.vpcId, ids.otherVpcId]));
    expect(await ask(getVpcs, { region, ...named("owner-id", ["210987654321"]) })).toMatchObject({ ids: [] });
    const instances = {
      region,
      instanceTags: tags,
      instanceStateNames: ["running"],
      ...named("instance-type", ["c7*.large"]),
    };
    expect(await ask("aws:ec2/getInstances:getInstances", instances)).toMatchObject({ ids: [], privateIps: [] });
    const ofTenancy = async (...values: string[]) =>
      (await ask("aws:ec2/getInstances:getInstances", {
        region,
        instanceStateNames: ["terminated"],
        ...named("tenancy", values),
      })) as { readonly ids: readonly string[] };
    expect((await ofTenancy("default", "dedicated")).ids).not.toEqual([]);
    expect((await ofTenancy("host")).ids).toEqual([]);
    const quota = { region, serviceCode: "ec2", quotaCode: "L-1216C47A" };
    expect(await ask("aws:servicequotas/getServiceQuota:getServiceQuota", quota)).toMatchObject({ value: 1152 });
  });
}
