import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyLoadBalancerAttributesCommand,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { ensureRehearsal, type RehearsalTools } from "../../../../scripts/toolchain/rehearsal";
import { eventually } from "../../../../test/support/eventually";
import { testMachine } from "../../../../test/support/machine";
import { simulatorNumbers } from "../../../../test/support/numbers";
import { awsOptions, permission, SimulatedRegion } from "../../../../test/support/simulator-account";
import { simulatorSuite } from "../../../../test/support/simulator-suite";
import { required } from "../../../provider-kit/required";
import { AwsSimulator } from "../../network/aws-simulator";
import { nextAddress } from "../../network/elastic";
import type { Machine } from "../../network/machine";
import { addresses as networks } from "../../network/state";
import { echo, hush, received } from "../support/simulator-packets";

const number = simulatorNumbers.balancer;
const zones = [
  { name: "euc1-1", cidr: "10.20.0.0/19", zone: "eu-central-1a", address: "10.20.0.4" },
  { name: "euc1-2", cidr: "10.20.32.0/19", zone: "eu-central-1b", address: "10.20.32.4" },
] as const;

/** The load balancer's addresses in the two zones. A simulator assigns the addresses of its network in order. */
const firstAddress = nextAddress([], networks.balancers);
const secondAddress = nextAddress([firstAddress], networks.balancers);

/** Deadline for a change of health: two checks two seconds apart, plus a poll of the AWS API, with a reserve. */
const noticedMs = 10_000;

let tools: RehearsalTools;
let simulator: AwsSimulator;
let region: SimulatedRegion;
let elb: ElasticLoadBalancingV2Client;
let first: Machine;
let second: Machine;
let balancer: { readonly arn: string; readonly name: string };
let targetGroup: string;

simulatorSuite("a simulator's network load balancer", () => {
  beforeAll(async () => {
    tools = await ensureRehearsal(testMachine, () => {});
    simulator = await AwsSimulator.start({ docker: tools.docker, number, image: tools.simulatorImage });
    region = await SimulatedRegion.make(simulator, tools.simulatorImage, "eu-central-1", "10.20.0.0/16");
    elb = new ElasticLoadBalancingV2Client(awsOptions(simulator, "eu-central-1"));
    await region.allowIngress(permission("tcp", 7880));
    const subnets = await Promise.all(zones.map(({ cidr, zone }) => region.subnet(cidr, zone)));
    [first, second] = (await Promise.all(
      zones.map(({ name, cidr, zone, address }, i) =>
        region.launch(name, { id: required(subnets[i], "SubnetId"), cidr, zone }, address),
      ),
    )) as [Machine, Machine];
    await Promise.all([
      echo(first, "tcp", 7880, "euc1-1"),
      echo(second, "tcp", 7880, "euc1-2"),
      echo(first, "tcp", 7881),
    ]);
    const wanted = { Name: "livekit", Type: "network", Scheme: "internet-facing", Subnets: subnets } as const;
    const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand(wanted));
    balancer = {
      arn: required(LoadBalancers?.[0]?.LoadBalancerArn, "LoadBalancerArn"),
      name: required(LoadBalancers?.[0]?.DNSName, "DNSName"),
    };
    targetGroup = await listen(443, 7880, first, second);
    await crossZone(true);
  }, 900_000);

  afterAll(() => AwsSimulator.remove(tools.docker, number));

  test("the load balancer's name resolves to an address in each availability zone, and targets share new connections", async () => {
    await becomes(answers, ["euc1-1", "euc1-2"]);
    expect(await addresses()).toEqual([firstAddress, secondAddress]);
    // A port without a listener does not answer.
    expect(await received(simulator.internet, "tcp", balancer.name, 7880)).toBe("timed out");
  });

  test("preserves the client's address, by which the target's security group filters", async () => {
    await listen(8443, 7881, first);
    expect(await received(simulator.internet, "tcp", balancer.name, 8443)).toBe("timed out");
    await region.allowIngress(permission("tcp", 7881));
    await becomes(() => received(simulator.internet, "tcp", balancer.name, 8443), simulator.internet.address);
  });

  test("sends no new connections to a target that does not answer, until it answers again", async () => {
    await becomes(health, ["healthy", "healthy"]);
    await hush(first, 7880);
    await becomes(answers, ["euc1-2"]);
    await becomes(health, ["initial", "healthy"]);
    await echo(first, "tcp", 7880, "euc1-1");
    await becomes(answers, ["euc1-1", "euc1-2"]);
    await becomes(health, ["healthy", "healthy"]);
  });

  test("keeps a deregistered target's open connection and sends new connections to another target", async () => {
    await deregister(first);
    await becomes(answers, ["euc1-2"]);
    const held = simulator.internet.run(["python3", "-c", holding(balancer.name)]);
    await simulator.internet.run(["sh", "-c", "until test -e /tmp/held; do sleep 0.1; done"]);
    await register(targetGroup, first);
    await deregister(second);
    await becomes(answers, ["euc1-1"]);
    await simulator.internet.run(["touch", "/tmp/speak"]);
    expect((await held).trim()).toBe("euc1-2");
  });

  test("removes an availability zone without a healthy target from DNS, unless cross-zone load balancing is on", async () => {
    await crossZone(false);
    await becomes(addresses, [firstAddress]);
    await crossZone(true);
    await becomes(addresses, [firstAddress, secondAddress]);
    expect(await received(simulator.internet, "tcp", secondAddress, 443)).toBe("euc1-1");
  });

  test("a Route 53 alias resolves to the load balancer's addresses", async () => {
    const route53 = new Route53Client(awsOptions(simulator, "us-east-1"));
    const zone = await route53.send(new CreateHostedZoneCommand({ Name: "example.com", CallerReference: "1" }));
    const AliasTarget = { HostedZoneId: "Z3F0SRJ5LGBH90", DNSName: balancer.name, EvaluateTargetHealth: true };
    const ResourceRecordSet = { Name: "livekit.example.com", Type: "A", AliasTarget } as const;
    await route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: zone.HostedZone?.Id,
        ChangeBatch: { Changes: [{ Action: "CREATE", ResourceRecordSet }] },
      }),
    );
    expect(await received(simulator.internet, "tcp", "livekit.example.com", 443)).toBe("euc1-1");
  });
});

/** Returns the health of each target according to AWS. */
async function health(): Promise<(string | undefined)[]> {
  const Targets = [first, second].map(({ record: { instanceId } }) => ({ Id: instanceId }));
  const { TargetHealthDescriptions = [] } = await elb.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: targetGroup, Targets }),
  );
  return TargetHealthDescriptions.map(({ TargetHealth }) => TargetHealth?.State);
}

/** Creates a listener on a port with its own target group. Returns the group's ARN. */
async function listen(port: number, targetPort: number, ...targets: readonly Machine[]): Promise<string> {
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({
      Name: `port-${targetPort}`,
      Protocol: "TCP",
      Port: targetPort,
      VpcId: region.vpc,
      TargetType: "instance",
      HealthCheckProtocol: "TCP",
      HealthCheckIntervalSeconds: 2,
      HealthCheckTimeoutSeconds: 2,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
    }),
  );
  const TargetGroupArn = required(TargetGroups?.[0]?.TargetGroupArn, "TargetGroupArn");
  await register(TargetGroupArn, ...targets);
  const DefaultActions = [{ Type: "forward", TargetGroupArn } as const];
  const wanted = { LoadBalancerArn: balancer.arn, Protocol: "TCP", Port: port, DefaultActions } as const;
  await elb.send(new CreateListenerCommand(wanted));
  return TargetGroupArn;
}

async function register(TargetGroupArn: string, ...targets: readonly Machine[]): Promise<void> {
  const Targets = targets.map(({ record }) => ({ Id: record.instanceId }));
  await elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets }));
}

async function deregister({ record }: Machine): Promise<void> {
  const Targets = [{ Id: record.instanceId }];
  await elb.send(new DeregisterTargetsCommand({ TargetGroupArn: targetGroup, Targets }));
}

async function crossZone(enabled: boolean): Promise<void> {
  const Attributes = [{ Key: "load_balancing.cross_zone.enabled", Value: `${enabled}` }];
  await elb.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn: balancer.arn, Attributes }));
}

/** Returns the targets that answer four concurrent connections. */
async function answers(): Promise<string[]> {
  const requests = [1, 2, 3, 4].map(() => received(simulator.internet, "tcp", balancer.name, 443));
  return [...new Set(await Promise.all(requests))].sort();
}

async function addresses(): Promise<string[]> {
  const found = await simulator.internet.run(["getent", "ahostsv4", balancer.name]);
  return [
    ...new Set(
      found
        .trim()
        .split("\n")
        .map((line) => line.split(" ")[0] ?? ""),
    ),
  ].sort();
}

/** Renders a Python client that opens a connection, and sends data once /tmp/speak exists. */
function holding(name: string): string {
  return `
import os, pathlib, socket, time
held = socket.create_connection(("${name}", 443), 5)
pathlib.Path("/tmp/held").touch()
while not os.path.exists("/tmp/speak"): time.sleep(0.1)
held.send(b"x")
print(held.recv(100).decode())
`;
}

async function becomes<T>(ask: () => Promise<T>, expected: T): Promise<void> {
  await eventually(async () => expect(await ask()).toEqual(expected), noticedMs);
}
