import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { CreateHostedZoneCommand, ListResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53";
import { type EntryVersion, entryProgram } from "../../../support/entry-program";
import { groundSuite } from "../../../support/ground-suite";
import { accountOf, openSimulatedAws, type SimulatedAws, simulatedRegion } from "../../../support/simulated-aws";

jest.setTimeout(120_000);

const first: EntryVersion = { generation: "a", number: 1, policy: "weighted" };

groundSuite("the stand-in's types of names and load balancing", () => {
  let aws: SimulatedAws;
  let route53: Route53Client;
  let zoneId: string;
  let program: ReturnType<typeof entryProgram>;

  beforeAll(async () => {
    aws = await openSimulatedAws(36);
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const access = {
      region: simulatedRegion,
      endpoint: accountOf(aws.ground)["AWS_ENDPOINT_URL"] as string,
      credentials,
    };
    route53 = new Route53Client(access);
    const zone = await route53.send(new CreateHostedZoneCommand({ Name: "example.com", CallerReference: "test" }));
    zoneId = zone.HostedZone?.Id?.replace("/hostedzone/", "") ?? "";
    const place = await openNetwork(new EC2Client(access));
    program = entryProgram(() => aws.provider(), zoneId, place.instanceId, place.subnets, place.vpcId);
  });
  afterAll(() => aws.remove());

  const up = (version: Partial<EntryVersion>) => aws.stack.up(program({ ...first, ...version }));
  const sets = async () =>
    (await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }))).ResourceRecordSets ?? [];

  const named = async (name: string) => (await sets()).filter(({ Name }) => Name === `${name}.example.com.`);

  test("are made, changed, replaced and removed", async () => {
    await up({});
    expect((await up({})).summary.resourceChanges).toEqual({ same: 11 });
    expect((await aws.stack.refresh()).summary.resourceChanges).toEqual({ same: 11 });
    expect((await up({ number: 2 })).summary.resourceChanges).toEqual({ same: 5, update: 6 });
    const moved = await up({ number: 2, policy: "latency" });
    expect(moved.summary.resourceChanges).toEqual({ same: 10, update: 1 });
    expect(await named("nodes-a")).toMatchObject([{ SetIdentifier: "one", Region: simulatedRegion }]);
    const next = await up({ generation: "b", number: 2, policy: "latency" });
    expect(next.summary.resourceChanges).toEqual({ same: 3, replace: 6, update: 2 });
    expect(await named("other")).toMatchObject([{ SetIdentifier: "node", Weight: 2 }]);
    await aws.stack.destroy();
    expect((await sets()).map(({ Type }) => Type).sort()).toEqual(["NS", "SOA"]);
  });
});

async function openNetwork(ec2: EC2Client) {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.20.0.0/16" }));
  const vpcId = Vpc?.VpcId ?? "";
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand());
  const InternetGatewayId = InternetGateway?.InternetGatewayId;
  await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpcId, InternetGatewayId }));
  const subnets = await Promise.all(
    ["a", "b"].map(async (zone, index) => {
      const place = { VpcId: vpcId, CidrBlock: `10.20.${index}.0/24`, AvailabilityZone: `${simulatedRegion}${zone}` };
      return (await ec2.send(new CreateSubnetCommand(place))).Subnet?.SubnetId ?? "";
    }),
  );
  const machine = { ImageId: "ami-12345678", MinCount: 1, MaxCount: 1, SubnetId: subnets[0] };
  const { Instances } = await ec2.send(new RunInstancesCommand(machine));
  return { vpcId, subnets, instanceId: Instances?.[0]?.InstanceId ?? "" };
}
