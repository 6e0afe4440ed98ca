import {
  type _InstanceType,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  type EC2Client,
  type Instance,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { required } from "../../../provider-kit/required";
import type { Call } from "../../../provider-kit/resource-type";
import { defaultTags } from "../account";
import { orGone } from "../clients";
import { tagsFound } from "../resource";
import { partFromAddresses } from "./address";
import { ec2Error, only, tagsOf } from "./client";
import { ec2Type } from "./ec2-type";
import { changeInstance } from "./instance-changes";
import { type InstanceInputs, imageGigabytes, instanceInputs } from "./instance-inputs";
import { placementOf, validateInstance } from "./instance-validation";
import { launch, machineOf, namesakes, running, simulator, terminate } from "./machines";
import { encryptionChanges, volumeFound } from "./root-volume";

/**
 * `aws:ec2/instance:Instance`: an instance in the simulated AWS, and the machine (container) that simulates it.
 * `instance-changes.ts` lists the in-place changes.
 */
export const instance = ec2Type({
  token: "aws:ec2/instance:Instance",
  inputs: instanceInputs,
  unordered: ["vpcSecurityGroupIds"],
  replaceOn: ["ami", "privateIp", "subnetId"],
  replaceIf: { rootBlockDevice: encryptionChanges },
  computed: [
    "arn",
    "availabilityZone",
    "instanceState",
    "primaryNetworkInterfaceId",
    "privateDns",
    "privateIp",
    "publicDns",
    "publicIp",
  ],
  async make(client, wanted, call) {
    await simulator();
    await clearUp(client, call);
    const placement = await placementOf(client, wanted);
    await validateInstance(client, wanted, placement);
    const { Instances } = await client.send(new RunInstancesCommand(request(wanted, placement.image.RootDeviceName)));
    return only(Instances)?.InstanceId;
  },
  async configure(client, id, wanted, state, call) {
    if (state) return changeInstance(client, id, wanted, state, call);
    await boot(client, id, wanted, call);
    if (wanted.disableApiTermination) await protect(client, id, true);
  },
  async find(client, id, _known, call) {
    const found = await describe(client, id);
    const machine = await machineOf(id, call);
    // Reports the resource as missing if only the instance or only the machine is left. The next create with this name,
    // or the delete, removes what is left.
    return found && machine && outputsOf(client, found, (await running(machine)) ?? false);
  },
  async remove(client, id, { forceDestroy }, call) {
    const found = await describe(client, id);
    if (found && !forceDestroy && (await attributeOf(client, id, "disableApiTermination"))) {
      const message = `The instance '${id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`;
      throw ec2Error("TerminateInstances", "OperationNotPermitted", message);
    }
    await end(client, id, call);
  },
});

/** Removes incomplete instances with this name: those without a machine, and those missing in the simulated AWS. */
async function clearUp(client: EC2Client, call: Call): Promise<void> {
  for (const machine of await namesakes(call)) {
    const { instanceId: id } = machine.record;
    const whole = (await running(machine)) !== undefined && (await orGone(describe(client, id)));
    if (!whole) await orGone(end(client, id, call));
  }
}

/** Terminates the machine first: as on AWS, the instance still exists in the account while its system shuts down. */
async function end(client: EC2Client, id: string, call: Call): Promise<void> {
  await terminate(id, call);
  await partFromAddresses(client, id);
  if (!(await describe(client, id))) return;
  await protect(client, id, false);
  await client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
}

function request(wanted: InstanceInputs, rootDevice = "/dev/xvda"): RunInstancesCommandInput {
  const { volumeType, volumeSize = imageGigabytes, encrypted, deleteOnTermination, tags } = wanted.rootBlockDevice;
  const volume = { VolumeType: volumeType as "gp3", VolumeSize: volumeSize, Encrypted: encrypted };
  const specifications = [
    ...(tagsOf("instance", wanted.tagsAll).TagSpecifications ?? []),
    ...(tagsOf("volume", { ...defaultTags(), ...tags }).TagSpecifications ?? []),
  ];
  return {
    MinCount: 1,
    MaxCount: 1,
    ImageId: wanted.ami,
    InstanceType: wanted.instanceType as _InstanceType,
    SecurityGroupIds: wanted.vpcSecurityGroupIds,
    // moto frees a private address only if the interface has DeleteOnTermination.
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: wanted.subnetId,
        DeleteOnTermination: true,
        ...(wanted.privateIp && { PrivateIpAddress: wanted.privateIp }),
      },
    ],
    BlockDeviceMappings: [{ DeviceName: rootDevice, Ebs: { ...volume, DeleteOnTermination: deleteOnTermination } }],
    MetadataOptions: {
      HttpEndpoint: wanted.metadataOptions.httpEndpoint,
      HttpTokens: wanted.metadataOptions.httpTokens,
      HttpPutResponseHopLimit: wanted.metadataOptions.httpPutResponseHopLimit,
    },
    TagSpecifications: specifications,
    ...(wanted.iamInstanceProfile && { IamInstanceProfile: { Name: wanted.iamInstanceProfile } }),
    ...(wanted.userData && { UserData: Buffer.from(wanted.userData).toString("base64") }),
  };
}

/** Launches the machine. The gateway reads its groups, Elastic IP, routes and role from the simulated AWS. */
async function boot(client: EC2Client, id: string, wanted: InstanceInputs, call: Call): Promise<void> {
  const made = await describe(client, id);
  const { image, subnet, network } = await placementOf(client, wanted);
  await launch(
    {
      image: required(image.ImageLocation, "ImageLocation"),
      userData: wanted.userData ?? "",
      instanceId: id,
      instanceType: wanted.instanceType,
      imageId: wanted.ami,
      region: wanted.region,
      zone: required(subnet.AvailabilityZone, "AvailabilityZone"),
      network,
      subnet: required(subnet.CidrBlock, "CidrBlock"),
      privateAddress: required(made?.PrivateIpAddress, "PrivateIpAddress"),
      metadataHops: wanted.metadataOptions.httpPutResponseHopLimit,
    },
    call,
  );
}

/** Returns the instance, or undefined if it is terminated; AWS still lists it for a while. */
async function describe(client: EC2Client, id: string): Promise<Instance | undefined> {
  const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  const found = only(only(Reservations)?.Instances);
  return ["terminated", "shutting-down"].includes(found?.State?.Name ?? "") ? undefined : found;
}

async function protect(client: EC2Client, InstanceId: string, Value: boolean): Promise<void> {
  await client.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value } }));
}

async function attributeOf(
  client: EC2Client,
  InstanceId: string,
  Attribute: "disableApiTermination",
): Promise<boolean> {
  const { DisableApiTermination } = await client.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }));
  return DisableApiTermination?.Value ?? false;
}

async function userDataOf(client: EC2Client, InstanceId: string): Promise<string | undefined> {
  const { UserData } = await client.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute: "userData" }));
  return UserData?.Value && Buffer.from(UserData.Value, "base64").toString();
}

async function outputsOf(client: EC2Client, found: Instance, on: boolean) {
  const { InstanceId: id = "", MetadataOptions: metadata } = found;
  return {
    ami: found.ImageId,
    arn: `arn:aws:ec2:${await client.config.region()}:${found.NetworkInterfaces?.[0]?.OwnerId}:instance/${id}`,
    availabilityZone: found.Placement?.AvailabilityZone,
    disableApiTermination: await attributeOf(client, id, "disableApiTermination"),
    iamInstanceProfile: found.IamInstanceProfile?.Arn?.split("/").at(-1) ?? "",
    instanceState: on ? found.State?.Name : "stopped",
    instanceType: found.InstanceType,
    metadataOptions: {
      httpEndpoint: metadata?.HttpEndpoint,
      httpTokens: metadata?.HttpTokens,
      httpPutResponseHopLimit: metadata?.HttpPutResponseHopLimit,
    },
    primaryNetworkInterfaceId: found.NetworkInterfaces?.[0]?.NetworkInterfaceId,
    privateDns: found.PrivateDnsName,
    privateIp: found.PrivateIpAddress,
    publicDns: found.PublicDnsName ?? "",
    publicIp: found.PublicIpAddress ?? "",
    rootBlockDevice: await volumeFound(client, found),
    subnetId: found.SubnetId,
    userData: await userDataOf(client, id),
    vpcSecurityGroupIds: (found.SecurityGroups ?? []).map(({ GroupId }) => GroupId),
    ...tagsFound(found.Tags),
  };
}
