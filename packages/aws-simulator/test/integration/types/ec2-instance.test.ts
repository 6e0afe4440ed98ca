import {
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  EC2Client,
  type Filter,
  ModifyInstanceAttributeCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import Dockerode from "dockerode";
import { simulatorNumbers } from "../../../../../test/support/numbers";
import {
  openSimulatedAws,
  simulatedRegion as region,
  type SimulatedAws,
} from "../../../../../test/support/simulated-aws";
import { awsOptions } from "../../../../../test/support/simulator-account";
import { simulatorSuite } from "../../../../../test/support/simulator-suite";
import { required } from "../../../../provider-kit/required";
import { labels } from "../../../network/parts";
import { images, type NodeOptions, nodes } from "../../support/ec2-nodes";
import { steps } from "../../support/engine-steps";

const first: NodeOptions = {
  names: ["one", "two"],
  ami: "ami-0000000000000a001",
  tag: "first",
  profile: "first",
  hops: 1,
  gigabytes: 20,
  group: "first",
  protect: true,
  instanceType: "c7i.large",
};

/** Changes everything that can change on a running instance. */
const changed: NodeOptions = { ...first, tag: "second", profile: "second", hops: 2, gigabytes: 30, group: "second" };
const last: NodeOptions = { ...changed, names: ["two"], ami: "ami-0000000000000a002" };

simulatorSuite("EC2 instances of the simulator's AWS provider", () => {
  const docker = new Dockerode();
  let aws: SimulatedAws;
  let ec2: EC2Client;

  beforeAll(async () => {
    aws = await openSimulatedAws("ec2 instance", images);
    const options = awsOptions(aws.simulator, region);
    ec2 = new EC2Client(options);
    const iam = new IAMClient(options);
    for (const name of ["first", "second"]) {
      await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: "{}" }));
      await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name }));
      await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
    }
  });
  afterAll(() => aws?.remove());

  const up = async (options: NodeOptions) => {
    const { stdout } = await aws.stack.up(async () => nodes(aws.provider(), options));
    return steps(stdout);
  };
  const machine = async (name: string) => {
    const found = await aws.simulator.machine(name);
    if (!found) throw new Error(`no machine is called ${name}`);
    return found;
  };
  const instance = async (name: string) => {
    const InstanceIds = [(await machine(name)).record.instanceId];
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds }));
    return Reservations?.[0]?.Instances?.[0];
  };
  const containers = async () => {
    const label = [`${labels.simulator}=${simulatorNumbers["ec2 instance"]}`, `${labels.part}=machine`];
    return (await docker.listContainers({ all: true, filters: { label } })).length;
  };

  const liveInstances = async (...filters: Filter[]) => {
    const Filters = [{ Name: "instance-state-name", Values: ["running"] }, ...filters];
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }));
    return Reservations.flatMap(({ Instances = [] }) => Instances).length;
  };

  /** Returns the distinct states of all instances ever created. */
  const states = async () => {
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    return [...new Set(Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name)))];
  };

  test("instances boot with their user data, one after the other, and a second update changes nothing", async () => {
    expect(await up(first)).toHaveLength(11);
    for (const name of first.names) {
      await (await machine(name)).booted();
      expect(await (await machine(name)).run(["cat", "/var/lib/user-data"])).toBe(`${name}\n`);
    }
    const [one, two] = await Promise.all(first.names.map(async (name) => (await machine(name)).run(bootTime)));
    const [early = 0, late = 0] = [Number(one), Number(two)].sort();
    expect(late - early).toBeGreaterThan(2);
    expect(await instance("one")).toMatchObject({
      PrivateIpAddress: "10.0.0.4",
      PublicIpAddress: expect.stringMatching(/^198\.51\.100\./),
      IamInstanceProfile: { Arn: expect.stringMatching(/\/first$/) },
    });
    // Counts instances as the check of the vCPU quota does.
    expect(await liveInstances({ Name: "instance-type", Values: ["m7*.large", "c7*.large"] })).toBe(2);
    expect(await liveInstances({ Name: "instance-type", Values: ["c7*.xlarge"] })).toBe(0);
    expect(await liveInstances({ Name: "instance-lifecycle", Values: ["spot"] })).toBe(0);
    expect(await up(first)).toEqual([]);
    expect((await aws.stack.refresh()).summary.resourceChanges).toEqual({ same: 13 });
  });

  test("instances get a new role, security group and volume size in place, without a reboot", async () => {
    const before = await (await machine("one")).run(bootTime);
    expect(await up(changed)).toEqual(["updated one-instance", "updated two-instance"]);
    const found = await instance("one");
    expect(found).toMatchObject({
      IamInstanceProfile: { Arn: expect.stringMatching(/\/second$/) },
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 2, State: "applied" },
      SecurityGroups: [{ GroupName: expect.stringMatching(/^second-/) }],
    });
    const { Volumes } = await ec2.send(
      new DescribeVolumesCommand({
        Filters: [{ Name: "attachment.instance-id", Values: [required(found?.InstanceId, "InstanceId")] }],
      }),
    );
    expect(Volumes).toMatchObject([{ Size: 30, Encrypted: true }]);
    expect(Volumes?.[0]?.Tags).toContainEqual({ Key: "Name", Value: "second" });
    expect((await machine("one")).record.metadataHops).toBe(2);
    expect(await (await machine("one")).run(bootTime)).toBe(before);
    expect((await aws.stack.refresh()).summary.resourceChanges).toEqual({ same: 13 });
  });

  test("an instance is recreated after its machine was removed or the instance was terminated", async () => {
    const [one, two] = [await machine("one"), await machine("two")];
    await docker.getContainer(one.containerName).remove({ force: true, v: true });
    const InstanceId = two.record.instanceId;
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: false } }));
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    const before = await states();
    await aws.stack.refresh();
    // A refresh deletes nothing. The next update removes what is left of both instances when it recreates them.
    expect([await containers(), await states()]).toEqual([1, before]);
    expect(await up(changed)).toEqual(expect.arrayContaining(["created one-instance", "created two-instance"]));
    expect([await containers(), await liveInstances()]).toEqual([2, 2]);
    expect((await machine("one")).record.instanceId).not.toBe(one.record.instanceId);
    expect(await instance("two")).toMatchObject({ PublicIpAddress: expect.stringMatching(/^198\.51\.100\./) });
  });

  test("an instance with termination protection is replaced and keeps its addresses", async () => {
    const two = await machine("two");
    expect(await up(last)).toEqual(expect.arrayContaining(["deleted one-instance", "replaced two-instance"]));
    expect((await machine("two")).record).toMatchObject({ privateAddress: "10.0.0.5", imageId: last.ami });
    expect((await machine("two")).record.instanceId).not.toBe(two.record.instanceId);
    expect(await containers()).toBe(1);
  });

  test("an instance stops and starts for another instance type, and leaves no machine when it is deleted", async () => {
    const two = await machine("two");
    await two.booted();
    const did = await up({ ...last, instanceType: "c7i.xlarge" });
    expect(did).toEqual(["updated two-instance"]);
    expect((await machine("two")).record.instanceType).toBe("c7i.xlarge");
    await (await machine("two")).booted();
    await aws.stack.destroy();
    expect(await containers()).toBe(0);
    expect(await states()).toEqual(["terminated"]);
  });
});

/** Command that prints the start time of the machine's first process, in seconds since the epoch. */
const bootTime = ["stat", "--format", "%Y", "/proc/1"] as const;
