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
import { type HealthCheck, paginateListHealthChecks, Route53Client } from "@aws-sdk/client-route-53";
import { clientOptions } from "./aws";
import { type BalancingFacts, readBalancing } from "./balancer-account";
import type { SimulatorState } from "./state";

/** One region's network resources, as read from the simulated AWS. */
export interface RegionFacts {
  readonly instances: readonly Instance[];
  readonly addresses: readonly Address[];
  readonly groups: readonly SecurityGroup[];
  readonly subnets: readonly Subnet[];
  readonly routeTables: readonly RouteTable[];
  readonly peerings: readonly VpcPeeringConnection[];
  readonly balancing: BalancingFacts;
}

/** Everything in the simulated AWS account that packet routing and instance identities depend on. */
export interface Account {
  /** Network resources by region. Regions without any simulator resources are left out. */
  readonly regions: Readonly<Record<string, RegionFacts>>;
  /** Role names by instance profile ARN. */
  readonly roles: Readonly<Record<string, string>>;
  /** Route 53 health checks. */
  readonly healthChecks: readonly HealthCheck[];
}

export const emptyAccount: Account = { regions: {}, roles: {}, healthChecks: [] };

const iam = new IAMClient(clientOptions("us-east-1"));
const route53 = new Route53Client(clientOptions("us-east-1"));
const clients = new Map<string, EC2Client>();

/**
 * Reads every region that has simulator resources. If a region has neither instances of the simulator nor caches with
 * AWS security groups, reads only its list of instances.
 */
export async function readAccount({ machines, caches }: SimulatorState): Promise<Account> {
  const regions = [...new Set([...machines, ...caches].map(({ region }) => region))];
  const ids = new Set(machines.map(({ instanceId }) => instanceId));
  const found = await Promise.all(
    regions.map(async (name) => {
      const always = caches.some(({ region, groups }) => groups && region === name);
      const facts = await readRegion(name, (instances) => always || instances.some((id) => ids.has(id)));
      return facts ? [[name, facts] as const] : [];
    }),
  );
  if (found.flat().length === 0) return emptyAccount;
  const [roles, healthChecks] = await Promise.all([readRoles(), readHealthChecks()]);
  return { regions: Object.fromEntries(found.flat()), roles, healthChecks };
}

async function readRegion(
  region: string,
  concerned: (instanceIds: readonly string[]) => boolean,
): Promise<RegionFacts | undefined> {
  const client = clients.get(region) ?? new EC2Client(clientOptions(region));
  clients.set(region, client);
  const { Reservations } = await client.send(new DescribeInstancesCommand());
  const instances = (Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
  if (!concerned(instances.flatMap(({ InstanceId }) => InstanceId ?? []))) return undefined;
  const [addresses, groups, subnets, routeTables, peerings, balancing] = await Promise.all([
    client.send(new DescribeAddressesCommand()),
    client.send(new DescribeSecurityGroupsCommand()),
    client.send(new DescribeSubnetsCommand()),
    client.send(new DescribeRouteTablesCommand()),
    client.send(new DescribeVpcPeeringConnectionsCommand()),
    readBalancing(region),
  ]);
  return {
    instances,
    addresses: addresses.Addresses ?? [],
    groups: groups.SecurityGroups ?? [],
    subnets: subnets.Subnets ?? [],
    routeTables: routeTables.RouteTables ?? [],
    peerings: peerings.VpcPeeringConnections ?? [],
    balancing,
  };
}

async function readRoles(): Promise<Readonly<Record<string, string>>> {
  const { InstanceProfiles = [] } = await iam.send(new ListInstanceProfilesCommand());
  return Object.fromEntries(
    InstanceProfiles.flatMap(({ Arn, Roles }) => (Arn && Roles?.[0]?.RoleName ? [[Arn, Roles[0].RoleName]] : [])),
  );
}

async function readHealthChecks(): Promise<HealthCheck[]> {
  const found: HealthCheck[] = [];
  for await (const { HealthChecks = [] } of paginateListHealthChecks({ client: route53 }, {}))
    found.push(...HealthChecks);
  return found;
}
