import {
  DescribeAddressesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import { DescribeLoadBalancersCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  DescribeCacheClustersCommand,
  DescribeCacheSubnetGroupsCommand,
  DescribeReplicationGroupsCommand,
} from "@aws-sdk/client-elasticache";
import { orGone } from "../clients";
import { elastiCache } from "../services/elasticache/client";
import { balancing } from "../services/lb/client";
import { ec2Error } from "./client";

/** Ids of security groups and subnets in use. */
type InUse = readonly (string | undefined)[];

/** Rejects the removal of a security group or subnet that an instance, a load balancer or a cache uses. */
export async function rejectWhileUsed(
  client: EC2Client,
  operation: "DeleteSecurityGroup" | "DeleteSubnet",
  id: string,
): Promise<void> {
  const region = await client.config.region();
  // moto's load balancers and caches have no network interfaces, so look them up separately.
  const inUse = await Promise.all([byInterfaces(client), byBalancers(region), byCaches(region)]);
  if (inUse.flat().includes(id)) dependent(operation, `resource ${id} has a dependent object`);
}

async function byInterfaces(client: EC2Client): Promise<InUse> {
  const { NetworkInterfaces = [] } = await client.send(new DescribeNetworkInterfacesCommand({}));
  return NetworkInterfaces.flatMap(({ SubnetId, Groups = [] }) => [SubnetId, ...Groups.map(({ GroupId }) => GroupId)]);
}

async function byBalancers(region: string): Promise<InUse> {
  const { LoadBalancers = [] } = await balancing(region).send(new DescribeLoadBalancersCommand({}));
  return LoadBalancers.flatMap(({ AvailabilityZones = [], SecurityGroups = [] }) => [
    ...AvailabilityZones.map(({ SubnetId }) => SubnetId),
    ...SecurityGroups,
  ]);
}

async function byCaches(region: string): Promise<InUse> {
  const client = elastiCache(region);
  const [{ CacheSubnetGroups = [] }, { ReplicationGroups = [] }] = await Promise.all([
    client.send(new DescribeCacheSubnetGroupsCommand({})),
    client.send(new DescribeReplicationGroupsCommand({})),
  ]);
  // moto returns a replication group's members only by id. All members have the same security groups, so the first one
  // suffices.
  const first = ReplicationGroups.flatMap(({ MemberClusters = [] }) => MemberClusters.slice(0, 1));
  const members = await Promise.all(
    first.map((CacheClusterId) => orGone(client.send(new DescribeCacheClustersCommand({ CacheClusterId })))),
  );
  const groups = members.flatMap((found) => found?.CacheClusters?.[0]?.SecurityGroups ?? []);
  return [
    ...CacheSubnetGroups.flatMap(({ Subnets = [] }) => Subnets.map(({ SubnetIdentifier }) => SubnetIdentifier)),
    ...groups.map(({ SecurityGroupId }) => SecurityGroupId),
  ];
}

/** Rejects detaching an internet gateway while its VPC has Elastic IPs or internet-facing load balancers. */
export async function rejectWhileMapped(client: EC2Client, vpcId: string): Promise<void> {
  const [addresses, interfaces, balancers] = await Promise.all([
    client.send(new DescribeAddressesCommand({})),
    client.send(new DescribeNetworkInterfacesCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] })),
    balancing(await client.config.region()).send(new DescribeLoadBalancersCommand({})),
  ]);
  const inside = new Set(interfaces.NetworkInterfaces?.map(({ NetworkInterfaceId }) => NetworkInterfaceId));
  const mapped =
    addresses.Addresses?.some(({ NetworkInterfaceId }) => inside.has(NetworkInterfaceId)) ||
    balancers.LoadBalancers?.some(({ VpcId, Scheme }) => VpcId === vpcId && Scheme === "internet-facing");
  if (!mapped) return;
  const message = `Network ${vpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`;
  dependent("DetachInternetGateway", message);
}

/** Rejects the removal of a VPC that contains anything except the defaults that AWS created with it. */
export async function rejectWhileNotEmpty(client: EC2Client, vpcId: string): Promise<void> {
  const of = (Name: string) => ({ Filters: [{ Name, Values: [vpcId] }] });
  const [subnets, gateways, groups] = await Promise.all([
    client.send(new DescribeSubnetsCommand(of("vpc-id"))),
    client.send(new DescribeInternetGatewaysCommand(of("attachment.vpc-id"))),
    client.send(new DescribeSecurityGroupsCommand(of("vpc-id"))),
  ]);
  const own = groups.SecurityGroups?.filter(({ GroupName }) => GroupName !== "default");
  const hasResources = [subnets.Subnets, gateways.InternetGateways, own].some((found) => found?.length);
  if (hasResources) dependent("DeleteVpc", `The vpc '${vpcId}' has dependencies and cannot be deleted.`);
}

function dependent(operation: string, message: string): never {
  throw ec2Error(operation, "DependencyViolation", message);
}
