import {
  DescribeImagesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  type Image,
  type Subnet,
} from "@aws-sdk/client-ec2";
import ipaddr from "ipaddr.js";
import { required } from "../../../provider-kit/required";
import { addressNumber } from "../../network/ipv4";
import { orGone } from "../clients";
import { ec2Error, only } from "./client";
import type { InstanceInputs } from "./instance-inputs";

/** Image, subnet and VPC network of an instance. */
export interface Placement {
  readonly image: Image;
  readonly subnet: Subnet;
  /** CIDR of the VPC. */
  readonly network: string;
}

type Wanted = Pick<InstanceInputs, "ami" | "instanceType" | "subnetId" | "privateIp" | "vpcSecurityGroupIds">;

/** Looks up the image and subnet that an instance references. @throws AWS's error if one doesn't exist */
export async function placementOf(client: EC2Client, wanted: Wanted): Promise<Placement> {
  const [subnet, image] = [await subnetOf(client, wanted), await imageOf(client, wanted)];
  const { Vpcs } = await client.send(new DescribeVpcsCommand({ VpcIds: [required(subnet.VpcId, "VpcId")] }));
  return { image, subnet, network: required(only(Vpcs)?.CidrBlock, "CidrBlock") };
}

/** Rejects requests that AWS rejects but the simulated AWS accepts. */
export async function validateInstance(client: EC2Client, wanted: Wanted, placement: Placement): Promise<void> {
  await validateType(client, wanted, placement);
  await validateGroups(client, wanted, placement.subnet);
  await validateAddress(client, wanted, placement.subnet);
}

const runInstancesError = (code: string, message: string) => ec2Error("RunInstances", code, message);

async function subnetOf(client: EC2Client, { subnetId }: Wanted): Promise<Subnet> {
  const found = await orGone(client.send(new DescribeSubnetsCommand({ SubnetIds: [subnetId] })));
  const subnet = only(found?.Subnets);
  if (subnet) return subnet;
  throw runInstancesError("InvalidSubnetID.NotFound", `The subnet ID '${subnetId}' does not exist`);
}

async function imageOf(client: EC2Client, { ami }: Wanted): Promise<Image> {
  const found = await orGone(client.send(new DescribeImagesCommand({ ImageIds: [ami] })));
  const image = only(found?.Images);
  if (image) return image;
  throw runInstancesError("InvalidAMIID.NotFound", `The image id '[${ami}]' does not exist`);
}

/** Checks that the type matches the image's architecture and is available in the zone. */
export async function validateType(
  client: EC2Client,
  { instanceType }: Wanted,
  { image, subnet }: Pick<Placement, "image" | "subnet">,
): Promise<void> {
  const ofType = { Name: "instance-type", Values: [instanceType] };
  const inZone = { Name: "location", Values: [required(subnet.AvailabilityZone, "AvailabilityZone")] };
  const [types, offerings] = await Promise.all([
    client.send(new DescribeInstanceTypesCommand({ Filters: [ofType] })),
    client.send(
      new DescribeInstanceTypeOfferingsCommand({ LocationType: "availability-zone", Filters: [ofType, inZone] }),
    ),
  ]);
  const type = only(types.InstanceTypes);
  if (!type) throw runInstancesError("InvalidParameterValue", `Invalid value '${instanceType}' for InstanceType.`);
  const architectures: readonly string[] = type.ProcessorInfo?.SupportedArchitectures ?? [];
  const { Architecture: architecture = "" } = image;
  if (!architectures.includes(architecture)) {
    const mismatch = `The architecture '${architectures.join(",")}' of the specified instance type does not match the architecture '${architecture}' of the specified AMI.`;
    const fix = "Specify an instance type and an AMI that have matching architectures, and try again.";
    throw runInstancesError("InvalidParameterValue", `${mismatch} ${fix}`);
  }
  if ((offerings.InstanceTypeOfferings ?? []).length > 0) return;
  const message = `Your requested instance type (${instanceType}) is not supported in your requested Availability Zone (${subnet.AvailabilityZone}).`;
  throw runInstancesError("Unsupported", message);
}

/** Checks that the security groups are in the subnet's VPC. */
export async function validateGroups(
  client: EC2Client,
  { vpcSecurityGroupIds: ids }: Wanted,
  subnet: Subnet,
): Promise<void> {
  const { SecurityGroups = [] } = await client.send(new DescribeSecurityGroupsCommand({}));
  for (const id of ids) {
    const group = SecurityGroups.find(({ GroupId }) => GroupId === id);
    if (!group) throw runInstancesError("InvalidGroup.NotFound", `The security group '${id}' does not exist`);
    if (group.VpcId === subnet.VpcId) continue;
    const message = `Security group ${id} and subnet ${subnet.SubnetId} belong to different networks.`;
    throw runInstancesError("InvalidParameter", message);
  }
}

/**
 * Checks that the address is usable. AWS reserves the first four addresses of a subnet and the last (VPC user guide).
 */
async function validateAddress(client: EC2Client, { privateIp }: Wanted, subnet: Subnet): Promise<void> {
  if (privateIp === undefined) return;
  const [network, bits] = ipaddr.IPv4.parseCIDR(required(subnet.CidrBlock, "CidrBlock"));
  const address = ipaddr.IPv4.parse(privateIp);
  if (!address.match(network, bits)) {
    throw runInstancesError(
      "InvalidParameterValue",
      `Address ${privateIp} does not fall within the subnet's address range`,
    );
  }
  const offset = addressNumber(privateIp) - addressNumber(`${network}`);
  if (offset < 4 || offset === 2 ** (32 - bits) - 1) {
    throw runInstancesError("InvalidParameterValue", `Address ${privateIp} is in subnet's reserved address range`);
  }
  const { NetworkInterfaces = [] } = await client.send(new DescribeNetworkInterfacesCommand({}));
  const taken = NetworkInterfaces.some(
    ({ SubnetId, PrivateIpAddress }) => SubnetId === subnet.SubnetId && PrivateIpAddress === privateIp,
  );
  if (taken) throw runInstancesError("InvalidIPAddress.InUse", `Address ${privateIp} is in use.`);
}
