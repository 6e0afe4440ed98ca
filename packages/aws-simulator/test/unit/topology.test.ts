import type { IpPermission, RouteTable } from "@aws-sdk/client-ec2";
import type { Account, RegionFacts } from "../../network/account";
import { emptyState, type MachineRecord } from "../../network/state";
import { type AccountSnapshot, deriveTopology } from "../../network/topology";
import { trialMachine } from "../../network/trial";

const { image: _, ...trial } = trialMachine("");
const euc1: MachineRecord = { ...trial, instanceId: "i-1" };
const use1: MachineRecord = {
  ...trial,
  name: "use1-1",
  instanceId: "i-2",
  region: "us-east-1",
  zone: "us-east-1a",
  network: "10.30.0.0/16",
  subnet: "10.30.0.0/19",
  privateAddress: "10.30.0.4",
};

const internet = { DestinationCidrBlock: "0.0.0.0/0", GatewayId: "igw-1" };
const peering = (cidr: string) => ({ DestinationCidrBlock: cidr, VpcPeeringConnectionId: "pcx-1" });
const openPort: IpPermission = { IpProtocol: "tcp", FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: "0.0.0.0/0" }] };

function facts(machine: MachineRecord, routes: RouteTable["Routes"], ...ingress: IpPermission[]): RegionFacts {
  return {
    instances: [
      {
        InstanceId: machine.instanceId,
        PrivateIpAddress: machine.privateAddress,
        SecurityGroups: [{ GroupId: `sg-${machine.region}` }],
        IamInstanceProfile: { Arn: `arn:profile/${machine.name}` },
      },
    ],
    addresses: [{ InstanceId: machine.instanceId, PublicIp: "198.51.100.40" }],
    groups: [{ GroupId: `sg-${machine.region}`, IpPermissions: ingress, IpPermissionsEgress: [] }],
    subnets: [{ SubnetId: "subnet-1", VpcId: "vpc-1", CidrBlock: machine.subnet }],
    routeTables: [
      { VpcId: "vpc-1", Associations: [{ Main: true }], Routes: [] },
      { VpcId: "vpc-1", Associations: [{ SubnetId: "subnet-1" }], Routes: routes },
    ],
    peerings: [
      {
        VpcPeeringConnectionId: "pcx-1",
        Status: { Code: "active" },
        RequesterVpcInfo: { CidrBlock: euc1.network },
        AccepterVpcInfo: { CidrBlock: use1.network },
      },
    ],
    balancing: { balancers: [], targetGroups: [] },
  };
}

function account(regions: Record<string, RegionFacts>): Account {
  return { regions, roles: { "arn:profile/euc1-1": "euc1-role" }, healthChecks: [] };
}

function snapshot(regions: Record<string, RegionFacts>, unknown: string[] = []): AccountSnapshot {
  return {
    account: account(regions),
    addressOf: () => "203.0.113.1",
    healthy: () => true,
    unknown: (what) => unknown.push(what),
  };
}

function followed(registered: readonly MachineRecord[], regions: Record<string, RegionFacts>) {
  const unknown: string[] = [];
  const topology = deriveTopology({ ...emptyState, machines: registered }, snapshot(regions, unknown));
  return { ...topology, unknown };
}

test("a machine has the public address, role, security group rules and internet route of its instance in the AWS account", () => {
  const { machines } = followed([euc1], { "eu-central-1": facts(euc1, [internet], openPort) });
  expect(machines).toEqual([
    expect.objectContaining({
      publicAddress: "198.51.100.40",
      role: "euc1-role",
      ingress: [{ protocol: "tcp", first: 443, last: 443, cidrs: ["0.0.0.0/0"] }],
      egress: [],
      internet: true,
    }),
  ]);
});

test("a machine keeps its launch settings if the AWS account has no instance for the machine", () => {
  const { machines } = followed([{ ...euc1, instanceId: "i-9" }], { "eu-central-1": facts(euc1, []) });
  expect(machines).toEqual([{ ...euc1, instanceId: "i-9", egress: undefined, internet: true }]);
});

test("a machine loses an address or rule that was deleted in the AWS account, even if the machine was launched with it", () => {
  const { addresses: _, ...rest } = facts(euc1, []);
  const [machine] = followed([euc1], { "eu-central-1": { ...rest, addresses: [] } }).machines;
  expect(machine).toMatchObject({ ingress: [], internet: false });
  expect(machine).not.toHaveProperty("publicAddress");
});

test("a security group rule that allows another group allows the private addresses of that group's members in every region", () => {
  const pair: IpPermission = { IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: "sg-us-east-1" }] };
  const regions = { "eu-central-1": facts(euc1, [], pair), "us-east-1": facts(use1, []) };
  const [machine] = followed([euc1, use1], regions).machines;
  expect(machine?.ingress).toEqual([{ protocol: "all", first: 0, last: 65535, cidrs: ["10.30.0.4/32"] }]);
});

test("the simulator reports security group rules that it does not support, and allows no traffic for these rules", () => {
  const strange: IpPermission[] = [
    { IpProtocol: "50", IpRanges: [{ CidrIp: "10.0.0.0/8" }] },
    { ...openPort, IpRanges: [], Ipv6Ranges: [{ CidrIpv6: "::/0" }] },
    { ...openPort, IpRanges: [], PrefixListIds: [{ PrefixListId: "pl-1" }] },
  ];
  const { machines, unknown } = followed([euc1], { "eu-central-1": facts(euc1, [], ...strange) });
  expect(machines[0]?.ingress).toEqual([]);
  expect(unknown).toEqual([
    "sg-eu-central-1: a rule for protocol 50 ",
    "sg-eu-central-1: a rule for IPv6 (::/0)",
    "sg-eu-central-1: a prefix list (pl-1)",
  ]);
});

const waysBetween = (there: RouteTable["Routes"], back: RouteTable["Routes"], code = "active") => {
  const other = facts(use1, back);
  const regions = {
    "eu-central-1": {
      ...facts(euc1, there),
      peerings: other.peerings.map((p) => ({ ...p, Status: { Code: code as "active" } })),
    },
    "us-east-1": other,
  };
  return followed([euc1, use1], regions).ways.filter(([from, to]) => from !== to);
};

test("two VPCs reach each other only over an active peering with routes in both directions", () => {
  const [there, back] = [[peering("10.30.0.0/16")], [peering("10.20.0.0/16")]];
  expect(waysBetween(there, back)).toEqual([
    ["10.20.0.0/19", "10.30.0.0/19"],
    ["10.30.0.0/19", "10.20.0.0/19"],
  ]);
  expect(waysBetween(there, [])).toEqual([]);
  expect(waysBetween([], back)).toEqual([]);
  expect(waysBetween([peering("10.30.32.0/19")], back)).toEqual([]);
  expect(waysBetween(there, back, "pending-acceptance")).toEqual([]);
});

test("a VPC peering that is registered with the simulator's gateway works without a peering in the AWS account", () => {
  const registered = { ...emptyState, machines: [euc1, use1], peerings: [[euc1.network, use1.network]] as const };
  const { ways } = deriveTopology(registered, snapshot({}));
  expect(ways).toContainEqual(["10.20.0.0/16", "10.30.0.0/16"]);
  expect(ways).toContainEqual(["10.30.0.0/16", "10.20.0.0/16"]);
});
