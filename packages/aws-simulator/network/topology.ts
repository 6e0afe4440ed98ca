import type { Instance, RouteTable } from "@aws-sdk/client-ec2";
import { required } from "../../provider-kit/required";
import type { Account, RegionFacts } from "./account";
import { placeBalancers } from "./balancers";
import { groupRules, type Members } from "./groups";
import { contains } from "./ipv4";
import { nameChecks } from "./name-checks";
import {
  type CacheRecord,
  type EndpointRecord,
  type MachineRecord,
  type Placed,
  type PlacedCache,
  type PlacedMachine,
  resolverOf,
  type SimulatorState,
  type Topology,
  type Way,
} from "./state";

type Located = EndpointRecord & Pick<Placed, "subnetId">;

const world = "0.0.0.0/0";

/** Input of the topology: the simulated AWS's state, and the state that only the gateway has. */
export interface AccountSnapshot {
  readonly account: Account;
  /** Returns a load balancer's address in one availability zone; the same at every call. */
  readonly addressOf: (arn: string, zone: string) => string;
  /** Target health by check key. */
  readonly healthy: (check: string) => boolean;
  /** Reports account settings that can't be simulated. */
  readonly unknown: (what: string) => void;
}

/**
 * Derives addresses, rules and routes. The simulated AWS's state takes precedence. Machines without an instance in the
 * simulated AWS use their own record.
 */
export function deriveTopology(registered: SimulatorState, snapshot: AccountSnapshot): Topology {
  const groups = new Groups(registered, snapshot);
  const machines = registered.machines.map((machine) => placeMachine(machine, groups, snapshot));
  const balancers = Object.values(snapshot.account.regions).flatMap((facts) =>
    placeBalancers({
      ...snapshot,
      facts: facts.balancing,
      machines,
      rulesOf: (ids) => groups.rules(ids, facts).ingress,
    }),
  );
  const caches = registered.caches.map((cache) => placeCache(cache, groups, snapshot));
  return {
    machines,
    caches,
    balancers,
    nameChecks: nameChecks(snapshot.account.healthChecks, snapshot.unknown),
    ways: ways([...machines, ...caches], registered, snapshot),
  };
}

function placeMachine(machine: MachineRecord, groups: Groups, { account, unknown }: AccountSnapshot): PlacedMachine {
  const facts = account.regions[machine.region];
  const instance = facts?.instances.find(({ InstanceId }) => InstanceId === machine.instanceId);
  if (facts === undefined || instance === undefined) {
    return { ...machine, ingress: machine.ingress ?? [], egress: undefined, internet: true };
  }
  const { publicAddress: _, role: __, ...own } = machine;
  const placed = { ...own, ...(instance.SubnetId && { subnetId: instance.SubnetId }) };
  const address = facts.addresses.find(({ InstanceId }) => InstanceId === machine.instanceId)?.PublicIp;
  const role = account.roles[instance.IamInstanceProfile?.Arn ?? ""];
  const hops = instance.MetadataOptions?.HttpPutResponseHopLimit;
  const ids = (instance.SecurityGroups ?? []).flatMap(({ GroupId }) => GroupId ?? []);
  return {
    ...placed,
    ...(address && { publicAddress: address }),
    ...(role && { role }),
    ...(instance.InstanceType && { instanceType: instance.InstanceType }),
    ...(hops && { metadataHops: hops }),
    ...groups.rules(ids, facts),
    internet: hasInternet(placed, facts, unknown),
  };
}

/** Derives a cache's settings. A cache opens no connections, so it has no internet access. */
function placeCache(cache: CacheRecord, groups: Groups, { account }: AccountSnapshot): PlacedCache {
  const facts = account.regions[cache.region];
  const ingress = cache.groups ? facts && groups.rules(cache.groups, facts).ingress : cache.ingress;
  return { ...cache, ingress: ingress ?? [], egress: undefined, internet: false };
}

/** Security groups. Their rules may reference other groups. */
class Groups {
  constructor(
    private readonly registered: SimulatorState,
    private readonly snapshot: AccountSnapshot,
  ) {}

  /** Returns the combined ingress and egress rules of several groups of a region. */
  rules(ids: readonly string[], facts: RegionFacts): Pick<Placed, "ingress" | "egress"> {
    const groups = facts.groups.filter(({ GroupId }) => ids.includes(required(GroupId, "GroupId")));
    const side = (name: "IpPermissions" | "IpPermissionsEgress") =>
      groups.flatMap((group) =>
        groupRules(
          required(group.GroupId, "GroupId"),
          group[name] ?? [],
          (id) => this.members(id),
          this.snapshot.unknown,
        ),
      );
    return { ingress: side("IpPermissions"), egress: side("IpPermissionsEgress") };
  }

  /** Returns the private addresses of a group's members, and the load balancers' addresses that clients connect to. */
  private members(id: string): Members {
    const { account, addressOf } = this.snapshot;
    const regions = Object.values(account.regions);
    const instances = regions
      .flatMap((facts) => facts.instances)
      .filter((each) => lives(each) && each.SecurityGroups?.some(({ GroupId }) => GroupId === id));
    const caches = this.registered.caches.filter(({ groups }) => groups?.includes(id));
    const balancers = regions
      .flatMap(({ balancing }) => balancing.balancers)
      .filter(({ balancer }) => balancer.SecurityGroups?.includes(id));
    const hosts = [
      ...instances.flatMap(({ PrivateIpAddress }) => PrivateIpAddress ?? []),
      ...caches.map(({ privateAddress }) => privateAddress),
      // Load balancers send their health checks from these addresses.
      ...(balancers.length > 0 ? this.registered.machines.map(({ network }) => resolverOf(network)) : []),
    ];
    return {
      cidrs: hosts.map((address) => `${address}/32`),
      through: balancers.flatMap(({ balancer: { LoadBalancerArn = "", AvailabilityZones = [] } }) =>
        AvailabilityZones.map(({ ZoneName = "" }) => addressOf(LoadBalancerArn, ZoneName)),
      ),
    };
  }
}

function lives({ State }: Instance): boolean {
  return State?.Name !== "terminated";
}

function hasInternet(endpoint: Located, facts: RegionFacts, unknown: (what: string) => void): boolean {
  const { name, region, subnet } = endpoint;
  const route = routesOf(endpoint, facts).find(({ DestinationCidrBlock }) => DestinationCidrBlock === world);
  if (route?.GatewayId?.startsWith("igw-")) return true;
  const target = route?.NatGatewayId ?? route?.TransitGatewayId ?? route?.InstanceId ?? route?.NetworkInterfaceId;
  if (target) unknown(`${name}: a way out of its subnet ${subnet} in ${region} by ${target}`);
  return false;
}

/**
 * Returns the routes of the subnet's route table, or of its VPC's main table. An endpoint that AWS has no instance for
 * has no subnet id, so its subnet is found by CIDR.
 */
function routesOf(
  { subnet: cidr, subnetId }: Located,
  { subnets, routeTables }: RegionFacts,
): NonNullable<RouteTable["Routes"]> {
  const subnet = subnets.find(({ SubnetId, CidrBlock }) => (subnetId ? SubnetId === subnetId : CidrBlock === cidr));
  const associated = (table: RouteTable) => table.Associations?.some(({ SubnetId }) => SubnetId === subnet?.SubnetId);
  const main = (table: RouteTable) => table.VpcId === subnet?.VpcId && table.Associations?.some(({ Main }) => Main);
  const table = subnet && (routeTables.find(associated) ?? routeTables.find(main));
  return (table?.Routes ?? []).filter(({ State }) => State !== "blackhole");
}

/**
 * Returns routes within each VPC, between VPCs peered in the registered state, and between subnets with routes over an
 * active peering.
 */
function ways(all: readonly Located[], { peerings }: SimulatorState, { account }: AccountSnapshot): Way[] {
  const networks = [...new Set(all.map(({ network }) => network))];
  const subnets = [...new Map(all.map((endpoint) => [endpoint.subnet, endpoint])).values()];
  const reached = subnets.flatMap((from) =>
    subnets
      .filter((to) => from.network !== to.network && leads(from, to, account) && leads(to, from, account))
      .map((to): Way => [from.subnet, to.subnet]),
  );
  return [
    ...networks.map((network): Way => [network, network]),
    ...peerings.flatMap(([a, b]): Way[] => [
      [a, b],
      [b, a],
    ]),
    ...reached,
  ];
}

/** Reports whether a subnet has a route to another over an active peering. */
function leads(from: Located, to: Located, account: Account): boolean {
  const facts = account.regions[from.region];
  if (facts === undefined) return false;
  return routesOf(from, facts).some(({ DestinationCidrBlock: destination, VpcPeeringConnectionId: id }) => {
    const peering = facts.peerings.find(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId === id);
    if (!id || !destination || peering?.Status?.Code !== "active") return false;
    const ends = [peering.RequesterVpcInfo?.CidrBlock, peering.AccepterVpcInfo?.CidrBlock];
    return ends.includes(to.network) && contains(destination, to.subnet);
  });
}
