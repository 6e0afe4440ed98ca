import {
  AssociateRouteTableCommand,
  AuthorizeSecurityGroupEgressCommand,
  CreateRouteTableCommand,
  DescribeAddressesCommand,
  DescribeImagesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DisassociateAddressCommand,
  EC2Client,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { ensureRehearsal, type RehearsalTools } from "../../../../scripts/toolchain/rehearsal";
import { eventually } from "../../../../test/support/eventually";
import { testMachine } from "../../../../test/support/machine";
import { simulatorNumbers } from "../../../../test/support/numbers";
import { awsOptions, permission, SimulatedRegion } from "../../../../test/support/simulator-account";
import { simulatorSuite } from "../../../../test/support/simulator-suite";
import { AwsSimulator } from "../../network/aws-simulator";
import type { Machine } from "../../network/machine";
import { trialMachine } from "../../network/trial";
import { echo, received } from "../support/simulator-packets";

const number = simulatorNumbers.follow;
const subnet = { cidr: "10.20.0.0/19", zone: "eu-central-1a" };
const elasticIp = "198.51.100.4";

const debian = "debian-13-amd64-20260101-1234";

/** The simulator applies AWS changes within one or two seconds; this limit suits a busy machine. */
const followedMs = 10_000;

let tools: RehearsalTools;
let simulator: AwsSimulator;
let region: SimulatedRegion;
let subnetId: string;
let machine: Machine;

simulatorSuite("a simulator derives its network from its AWS API", () => {
  beforeAll(async () => {
    tools = await ensureRehearsal(testMachine, () => {});
    const images = [
      { id: "ami-0123456789abcdef0", name: debian, architecture: "x86_64", dockerImage: tools.simulatorImage },
    ] as const;
    simulator = await AwsSimulator.start({ docker: tools.docker, number, image: tools.simulatorImage }, { images });
    region = await SimulatedRegion.make(simulator, tools.simulatorImage, "eu-central-1", "10.20.0.0/16");
    subnetId = await region.subnet(subnet.cidr, subnet.zone);
    await region.allowIngress(permission("tcp", 443), permission("udp", 50000));
    machine = await region.launch("euc1-1", { ...subnet, id: subnetId }, "10.20.0.4", elasticIp);
    await Promise.all([echo(machine, "tcp", 443), echo(machine, "tcp", 8443), echo(machine, "udp", 50000)]);
  }, 900_000);

  afterAll(() => AwsSimulator.remove(tools.docker, number));

  test("the simulated account starts with the images and instance types of both architectures", async () => {
    const { Images } = await region.ec2.send(
      new DescribeImagesCommand({
        Owners: ["136693071363"],
        Filters: [
          { Name: "name", Values: ["debian-13-amd64-*"] },
          { Name: "architecture", Values: ["x86_64"] },
        ],
      }),
    );
    expect(Images).toEqual([
      expect.objectContaining({
        ImageId: "ami-0123456789abcdef0",
        Name: debian,
        ImageLocation: tools.simulatorImage,
        CreationDate: "2026-01-01T00:00:00.000Z",
        State: "available",
      }),
    ]);
    const InstanceType = ["c7i.large", "c7g.large"];
    for (const name of ["eu-central-1", "us-east-1"]) {
      const { InstanceTypeOfferings } = await new EC2Client(awsOptions(simulator, name)).send(
        new DescribeInstanceTypeOfferingsCommand({
          LocationType: "availability-zone",
          Filters: [{ Name: "instance-type", Values: InstanceType }],
        }),
      );
      const offered = (InstanceTypeOfferings ?? []).filter(({ Location }) => Location === `${name}a`);
      expect(offered.map((offer) => `${offer.InstanceType}`).sort()).toEqual(["c7g.large", "c7i.large"]);
    }
  });

  test("right after its launch, an instance has its public address and answers on the ports that its security groups allow", async () => {
    expect(await fromOutside("tcp", 443)).toBe(simulator.internet.address);
    expect(await fromOutside("udp", 50000)).toBe(simulator.internet.address);
    expect(await fromOutside("tcp", 8443)).toBe("timed out");
  });

  test("an added security group rule opens a port, and revoking the rule closes the port", async () => {
    await region.allowIngress(permission("tcp", 8443, `${simulator.internet.address}/32`));
    await becomes(() => fromOutside("tcp", 8443), simulator.internet.address);
    const rule = { GroupId: region.group, IpPermissions: [permission("tcp", 443)] };
    await region.ec2.send(new RevokeSecurityGroupIngressCommand(rule));
    await becomes(() => fromOutside("tcp", 443), "timed out");
    await region.allowIngress(permission("tcp", 443));
    await becomes(() => fromOutside("tcp", 443), simulator.internet.address);
  });

  test("a rule whose source is a security group admits the group's members by their private addresses", async () => {
    const second = await region.launch("euc1-2", { ...subnet, id: subnetId }, "10.20.0.5", "198.51.100.5");
    await echo(machine, "tcp", 7000);
    expect(await received(second, "tcp", "10.20.0.4", 7000)).toBe("timed out");
    const pair = { IpProtocol: "tcp", FromPort: 7000, ToPort: 7000, UserIdGroupPairs: [{ GroupId: region.group }] };
    await region.allowIngress(pair);
    await becomes(() => received(second, "tcp", "10.20.0.4", 7000), "10.20.0.5");
    // Over the internet, the second machine's source address is its Elastic IP, which is not a member of any group.
    expect(await received(second, "tcp", elasticIp, 7000)).toBe("timed out");
    expect(await received(second, "tcp", elasticIp, 443)).toBe("198.51.100.5");
    await second.terminate();
  });

  test("only traffic that the egress rules allow leaves a machine", async () => {
    const second = await region.launch("euc1-2", { ...subnet, id: subnetId }, "10.20.0.6");
    expect(await received(second, "tcp", "10.20.0.4", 443)).toBe("10.20.0.6");
    const everything = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
    await region.ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: region.group, IpPermissions: [everything] }));
    await becomes(() => received(second, "tcp", "10.20.0.4", 443), "timed out");
    await region.ec2.send(
      new AuthorizeSecurityGroupEgressCommand({
        GroupId: region.group,
        IpPermissions: [permission("tcp", 443, "10.20.0.4/32")],
      }),
    );
    await becomes(() => received(second, "tcp", "10.20.0.4", 443), "10.20.0.6");
    await region.ec2.send(
      new AuthorizeSecurityGroupEgressCommand({ GroupId: region.group, IpPermissions: [everything] }),
    );
    await second.terminate();
  });

  test("an Elastic IP routes to its associated machine, and to no machine without an association", async () => {
    const { Addresses } = await region.ec2.send(new DescribeAddressesCommand({ PublicIps: [elasticIp] }));
    await region.ec2.send(new DisassociateAddressCommand({ AssociationId: Addresses?.[0]?.AssociationId }));
    await becomes(() => fromOutside("tcp", 443), "timed out");
    await region.assign(machine.record.instanceId, "198.51.100.7");
    await becomes(() => received(simulator.internet, "tcp", "198.51.100.7", 443), simulator.internet.address);
    expect(await received(machine, "tcp", "198.51.100.99", 443)).toBe("timed out");
  });

  test("a subnet without a route to an internet gateway has no internet access", async () => {
    const { RouteTable } = await region.ec2.send(new CreateRouteTableCommand({ VpcId: region.vpc }));
    await region.ec2.send(
      new AssociateRouteTableCommand({ RouteTableId: RouteTable?.RouteTableId, SubnetId: subnetId }),
    );
    await becomes(() => received(simulator.internet, "tcp", "198.51.100.7", 443), "timed out");
  });

  test("a machine that the EC2 API does not list keeps the address and ports that it was launched with", async () => {
    const byHand = await simulator.launch({
      ...trialMachine(tools.simulatorImage),
      name: "by-hand",
      privateAddress: "10.20.0.9",
      publicAddress: "198.51.100.9",
    });
    await echo(byHand, "tcp", 443);
    expect(await received(simulator.internet, "tcp", "198.51.100.9", 443)).toBe(simulator.internet.address);
  });
});

function fromOutside(protocol: "tcp" | "udp", port: number): Promise<string> {
  return received(simulator.internet, protocol, elasticIp, port);
}

async function becomes(ask: () => Promise<string>, expected: string): Promise<void> {
  await eventually(async () => expect(await ask()).toBe(expected), followedMs);
}
