import {
  type Address,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
  type Instance,
  type RouteTable,
  type SecurityGroup,
  type Subnet,
  type VpcPeeringConnection,
} from "@aws-sdk/client-ec2";
import { IAMClient, ListInstanceProfilesCommand } from "@aws-sdk/client-iam";
import { clientOptions } from "./aws";

/** What the simulated AWS says of one region's network. */
export interface RegionFacts {
  readonly instances: readonly Instance[];
  readonly addresses: readonly Address[];
  readonly groups: readonly SecurityGroup[];
  readonly subnets: readonly Subnet[];
  readonly routeTables: readonly RouteTable[];
  readonly peerings: readonly VpcPeeringConnection[];
}

/** What the simulated AWS says of everything that packets and identities depend on. */
export interface Account {
  /** By region; one that has nothing of the ground is left out. */
  readonly regions: Readonly<Record<string, RegionFacts>>;
  /** Names of roles by their instance profile's ARN. */
  readonly roles: Readonly<Record<string, string>>;
}

export const emptyAccount: Account = { regions: {}, roles: {} };

const iam = new IAMClient(clientOptions("us-east-1"));
const clients = new Map<string, EC2Client>();

/** Asks for the regions named. Those in which it knows no instance are not asked for more. */
export async function readAccount(regions: readonly string[]): Promise<Account> {
  const found = await Promise.all(regions.map(async (region) => [region, await readRegion(region)] as const));
  const known = found.filter((entry): entry is readonly [string, RegionFacts] => entry[1] !== undefined);
  return { regions: Object.fromEntries(known), roles: known.length > 0 ? await readRoles() : {} };
}

async function readRegion(region: string): Promise<RegionFacts | undefined> {
  const client = clients.get(region) ?? new EC2Client(clientOptions(region));
  clients.set(region, client);
  const { Reservations } = await client.send(new DescribeInstancesCommand());
  const instances = (Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
  if (instances.length === 0) return undefined;
  const [addresses, groups, subnets, routeTables, peerings] = await Promise.all([
    client.send(new DescribeAddressesCommand()),
    client.send(new DescribeSecurityGroupsCommand()),
    client.send(new DescribeSubnetsCommand()),
    client.send(new DescribeRouteTablesCommand()),
    client.send(new DescribeVpcPeeringConnectionsCommand()),
  ]);
  return {
    instances,
    addresses: addresses.Addresses ?? [],
    groups: groups.SecurityGroups ?? [],
    subnets: subnets.Subnets ?? [],
    routeTables: routeTables.RouteTables ?? [],
    peerings: peerings.VpcPeeringConnections ?? [],
  };
}

async function readRoles(): Promise<Readonly<Record<string, string>>> {
  const { InstanceProfiles = [] } = await iam.send(new ListInstanceProfilesCommand());
  return Object.fromEntries(
    InstanceProfiles.flatMap(({ Arn, Roles }) => (Arn && Roles?.[0]?.RoleName ? [[Arn, Roles[0].RoleName]] : [])),
  );
}
