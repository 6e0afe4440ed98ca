import { DescribeAddressesCommand, DescribeNetworkInterfacesCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { refusal } from "./client";

/** A group or a subnet that an interface is in can't be removed. */
export async function refuseWhileUsed(
  client: EC2Client,
  operation: "DeleteSecurityGroup" | "DeleteSubnet",
  id: string,
): Promise<void> {
  const { NetworkInterfaces = [] } = await client.send(new DescribeNetworkInterfacesCommand({}));
  const used = NetworkInterfaces.some(
    ({ SubnetId, Groups = [] }) => SubnetId === id || Groups.some(({ GroupId }) => GroupId === id),
  );
  if (used) throw refusal(operation, "DependencyViolation", `resource ${id} has a dependent object`);
}

/** A gateway by which an Elastic IP is reached can't be taken from its VPC. */
export async function refuseWhileMapped(client: EC2Client, vpcId: string): Promise<void> {
  const [addresses, interfaces] = await Promise.all([
    client.send(new DescribeAddressesCommand({})),
    client.send(new DescribeNetworkInterfacesCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] })),
  ]);
  const inside = new Set(interfaces.NetworkInterfaces?.map(({ NetworkInterfaceId }) => NetworkInterfaceId));
  if (!addresses.Addresses?.some(({ NetworkInterfaceId }) => inside.has(NetworkInterfaceId))) return;
  const message = `Network ${vpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`;
  throw refusal("DetachInternetGateway", "DependencyViolation", message);
}
