import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  CreateVpcPeeringConnectionCommand,
  DeleteRouteCommand,
  DeleteVpcPeeringConnectionCommand,
} from "@aws-sdk/client-ec2";
import { ensureRehearsal, type RehearsalTools } from "../../../../scripts/toolchain/rehearsal";
import { eventually } from "../../../../test/support/eventually";
import { testMachine } from "../../../../test/support/machine";
import { simulatorNumbers } from "../../../../test/support/numbers";
import { permission, SimulatedRegion } from "../../../../test/support/simulator-account";
import { simulatorSuite } from "../../../../test/support/simulator-suite";
import { required } from "../../../provider-kit/required";
import { AwsSimulator } from "../../network/aws-simulator";
import type { Machine } from "../../network/machine";
import { echo, received } from "../support/simulator-packets";

const number = simulatorNumbers.regions;
const [euc1, use1] = [
  {
    region: "eu-central-1",
    network: "10.20.0.0/16",
    cidr: "10.20.0.0/19",
    address: "10.20.0.4",
    elastic: "198.51.100.4",
  },
  { region: "us-east-1", network: "10.30.0.0/16", cidr: "10.30.0.0/19", address: "10.30.0.4", elastic: "198.51.100.5" },
] as const;

let tools: RehearsalTools;
let simulator: AwsSimulator;
let regions: readonly [SimulatedRegion, SimulatedRegion];
let machines: readonly [Machine, Machine];
let peering: string;

simulatorSuite("a simulator's regions", () => {
  beforeAll(async () => {
    tools = await ensureRehearsal(testMachine, () => {});
    simulator = await AwsSimulator.start({ docker: tools.docker, number, image: tools.simulatorImage });
    const made = [await make(euc1), await make(use1)] as const;
    regions = [made[0].region, made[1].region];
    machines = [made[0].machine, made[1].machine];
    await Promise.all(machines.map((machine) => echo(machine, "tcp", 6379)));
  }, 900_000);

  afterAll(() => AwsSimulator.remove(tools.docker, number));

  test("machines of two regions reach each other only by Elastic IPs", async () => {
    expect(await received(machines[0], "tcp", use1.elastic, 6379)).toBe(euc1.elastic);
    expect(await both()).toEqual(["timed out", "timed out"]);
  });

  test("a VPC peering carries traffic only after its acceptance and with routes in both directions", async () => {
    const [here, there] = regions;
    const created = await here.ec2.send(
      new CreateVpcPeeringConnectionCommand({ VpcId: here.vpc, PeerVpcId: there.vpc, PeerRegion: use1.region }),
    );
    peering = required(created.VpcPeeringConnection?.VpcPeeringConnectionId, "VpcPeeringConnectionId");
    await route(here, use1.network);
    await route(there, euc1.network);
    expect(await both()).toEqual(["timed out", "timed out"]);
    await there.ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peering }));
    await becomes(["10.20.0.4", "10.30.0.4"]);
    const back = { RouteTableId: there.routeTable, DestinationCidrBlock: euc1.network };
    await there.ec2.send(new DeleteRouteCommand(back));
    await becomes(["timed out", "timed out"]);
    await route(there, euc1.network);
    await becomes(["10.20.0.4", "10.30.0.4"]);
  });

  test("adds latency between regions, or reports that this kernel has no netem", async () => {
    const said = await simulator.latency({ milliseconds: 50 });
    const ping = async (address: string) => {
      const printed = await machines[0].run(["ping", "-q", "-c", "3", "-i", "0.2", address]);
      return Number(/min\/avg\/max\/mdev = ([\d.]+)/.exec(printed)?.[1]);
    };
    if (said === "no latency between regions: this kernel has no netem") return;
    expect(said).toBe("50 ms each way between regions");
    const within = await ping("10.20.0.1");
    for (const address of [use1.address, use1.elastic]) {
      const across = await ping(address);
      expect(across).toBeGreaterThanOrEqual(100);
      expect(across - within).toBeGreaterThanOrEqual(95);
    }
  });

  test("a deleted peering carries no traffic", async () => {
    await regions[0].ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peering }));
    await becomes(["timed out", "timed out"]);
  });
});

async function make({ region: name, network, cidr, address, elastic }: typeof euc1 | typeof use1) {
  const region = await SimulatedRegion.make(simulator, tools.simulatorImage, name, network);
  const zone = `${name}a`;
  const id = await region.subnet(cidr, zone);
  await region.allowIngress(permission("tcp", 6379), { ...permission("tcp", -1), IpProtocol: "icmp" });
  return { region, machine: await region.launch(name, { id, cidr, zone }, address, elastic) };
}

async function route({ ec2, routeTable }: SimulatedRegion, network: string): Promise<void> {
  const wanted = { RouteTableId: routeTable, DestinationCidrBlock: network, VpcPeeringConnectionId: peering };
  await ec2.send(new CreateRouteCommand(wanted));
}

/** Returns the answer that each machine gets from the other's private address. */
function both(): Promise<string[]> {
  const [here, there] = machines;
  return Promise.all([received(here, "tcp", use1.address, 6379), received(there, "tcp", euc1.address, 6379)]);
}

async function becomes(expected: readonly string[]): Promise<void> {
  await eventually(async () => expect(await both()).toEqual(expected), 20_000);
}
