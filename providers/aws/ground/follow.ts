import type { Instance, RouteTable } from "@aws-sdk/client-ec2";
import ipaddr from "ipaddr.js";
import type { Account, RegionFacts } from "./account";
import { groupRules, type Members } from "./groups";
import type { GroundState, MachineRecord, Placed, PlacedMachine, Topology, Way } from "./state";

const world = "0.0.0.0/0";

/**
 * What is where, and who reaches whom: the simulated AWS has the word on every instance that it knows, and the record of a
 * machine on itself where it does not.
 * @param unknown is told what of the account has no likeness here
 */
export function follow(told: GroundState, account: Account, unknown: (what: string) => void): Topology {
  const machines = told.machines.map((machine) => place(machine, account, unknown));
  return { machines, ways: ways(machines, told, account) };
}

function place(machine: MachineRecord, account: Account, unknown: (what: string) => void): PlacedMachine {
  const facts = account.regions[machine.region];
  const instance = facts?.instances.find(({ InstanceId }) => InstanceId === machine.instanceId);
  if (facts === undefined || instance === undefined) {
    return { ...machine, ingress: machine.ingress ?? [], egress: undefined, internet: true };
  }
  const { publicAddress: _, role: __, ...own } = machine;
  const address = facts.addresses.find(({ InstanceId }) => InstanceId === machine.instanceId)?.PublicIp;
  const role = account.roles[instance.IamInstanceProfile?.Arn ?? ""];
  const groups = (instance.SecurityGroups ?? []).flatMap(({ GroupId }) => GroupId ?? []);
  return {
    ...own,
    ...(address && { publicAddress: address }),
    ...(role && { role }),
    ...rulesOf(groups, facts, account, unknown),
    internet: hasInternet(machine, facts, unknown),
  };
}

/** What several groups together let in and out. */
function rulesOf(
  ids: readonly string[],
  facts: RegionFacts,
  account: Account,
  unknown: (what: string) => void,
): Pick<Placed, "ingress" | "egress"> {
  const groups = facts.groups.filter(({ GroupId }) => ids.includes(GroupId ?? ""));
  const members = (id: string) => membersOf(id, account);
  const rules = (side: "IpPermissions" | "IpPermissionsEgress") =>
    groups.flatMap((group) => groupRules(group.GroupId ?? "", group[side] ?? [], members, unknown));
  return { ingress: rules("IpPermissions"), egress: rules("IpPermissionsEgress") };
}

/** A group counts whoever is in it by the private address. */
function membersOf(id: string, { regions }: Account): Members {
  const instances = Object.values(regions).flatMap((facts) => facts.instances);
  const members = instances.filter((each) => lives(each) && each.SecurityGroups?.some(({ GroupId }) => GroupId === id));
  return {
    cidrs: members.flatMap((each) => (each.PrivateIpAddress ? [`${each.PrivateIpAddress}/32`] : [])),
    through: [],
  };
}

function lives({ State }: Instance): boolean {
  return State?.Name !== "terminated";
}

function hasInternet(
  { name, region, subnet }: MachineRecord,
  facts: RegionFacts,
  unknown: (what: string) => void,
): boolean {
  const route = routesOf(subnet, facts).find(({ DestinationCidrBlock }) => DestinationCidrBlock === world);
  if (route?.GatewayId?.startsWith("igw-")) return true;
  const target = route?.NatGatewayId ?? route?.TransitGatewayId ?? route?.InstanceId ?? route?.NetworkInterfaceId;
  if (target) unknown(`${name}: a way out of its subnet ${subnet} in ${region} by ${target}`);
  return false;
}

/** Routes of the subnet's own table, or of its VPC's main one. */
function routesOf(cidr: string, { subnets, routeTables }: RegionFacts): NonNullable<RouteTable["Routes"]> {
  const subnet = subnets.find(({ CidrBlock }) => CidrBlock === cidr);
  const associated = (table: RouteTable) => table.Associations?.some(({ SubnetId }) => SubnetId === subnet?.SubnetId);
  const main = (table: RouteTable) => table.VpcId === subnet?.VpcId && table.Associations?.some(({ Main }) => Main);
  const table = subnet && (routeTables.find(associated) ?? routeTables.find(main));
  return (table?.Routes ?? []).filter(({ State }) => State !== "blackhole");
}

/** Ways inside each VPC, between those that were told to peer, and between subnets with routes over an active peering. */
function ways(machines: readonly PlacedMachine[], { peerings }: GroundState, account: Account): Way[] {
  const networks = [...new Set(machines.map(({ network }) => network))];
  const subnets = [...new Map(machines.map((machine) => [machine.subnet, machine])).values()];
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

/** Whether a subnet has a route to another over a peering that both sides have agreed to. */
function leads(
  from: Pick<MachineRecord, "region" | "subnet">,
  to: Pick<MachineRecord, "subnet" | "network">,
  account: Account,
): boolean {
  const facts = account.regions[from.region];
  if (facts === undefined) return false;
  return routesOf(from.subnet, facts).some(({ DestinationCidrBlock: destination, VpcPeeringConnectionId: id }) => {
    const peering = facts.peerings.find(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId === id);
    if (!id || !destination || peering?.Status?.Code !== "active") return false;
    const ends = [peering.RequesterVpcInfo?.CidrBlock, peering.AccepterVpcInfo?.CidrBlock];
    return ends.includes(to.network) && contains(destination, to.subnet);
  });
}

function contains(outer: string, inner: string): boolean {
  const [address, length] = ipaddr.IPv4.parseCIDR(inner);
  const [network, prefix] = ipaddr.IPv4.parseCIDR(outer);
  return prefix <= length && address.match(network, prefix);
}
