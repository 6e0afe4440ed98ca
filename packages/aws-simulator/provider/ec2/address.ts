import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeInternetGatewaysCommand,
  DisassociateAddressCommand,
  type EC2Client,
  ReleaseAddressCommand,
} from "@aws-sdk/client-ec2";
import { z } from "zod";
import { required } from "../../../provider-kit/required";
import { orGone } from "../clients";
import { regional, tagged, tagsFound } from "../resource";
import { arnOf, ec2Error, only, tagsOf } from "./client";
import { ec2Type } from "./ec2-type";
import { allocateFree } from "./elastic-pool";

/** `aws:ec2/eip:Eip` */
export const eip = ec2Type({
  token: "aws:ec2/eip:Eip",
  inputs: { ...regional, ...tagged, domain: z.literal("vpc").default("vpc") },
  replaceOn: ["domain"],
  computed: ["allocationId", "arn", "associationId", "instance", "networkInterface", "privateIp", "publicIp"],
  async make(client, { domain, tagsAll }) {
    return allocateFree(client, async (Address) => {
      const request = { Domain: domain, Address, ...tagsOf("elastic-ip", tagsAll) };
      return (await client.send(new AllocateAddressCommand(request))).AllocationId;
    });
  },
  async find(client, id) {
    const found = only((await client.send(new DescribeAddressesCommand({ AllocationIds: [id] }))).Addresses);
    return (
      found && {
        arn: await arnOf(client, `elastic-ip/${id}`),
        allocationId: id,
        associationId: found.AssociationId ?? "",
        domain: found.Domain,
        instance: found.InstanceId ?? "",
        networkInterface: found.NetworkInterfaceId ?? "",
        privateIp: found.PrivateIpAddress ?? "",
        publicIp: found.PublicIp,
        ...tagsFound(found.Tags),
      }
    );
  },
  async remove(client, AllocationId) {
    const { Addresses } = await client.send(new DescribeAddressesCommand({ AllocationIds: [AllocationId] }));
    await disassociate(client, only(Addresses)?.AssociationId);
    await client.send(new ReleaseAddressCommand({ AllocationId }));
  },
});

/** `aws:ec2/eipAssociation:EipAssociation` */
export const eipAssociation = ec2Type({
  token: "aws:ec2/eipAssociation:EipAssociation",
  inputs: { ...regional, allocationId: z.string(), instanceId: z.string() },
  replaceOn: ["allocationId", "instanceId"],
  computed: ["networkInterfaceId", "privateIpAddress", "publicIp"],
  async make(client, { allocationId, instanceId }) {
    await requireGateway(client, instanceId);
    // On AWS, associating an Elastic IP that is in use moves it to the new instance. Disassociating it first has the
    // same effect.
    await disassociate(client, only(await addresses(client, "allocation-id", allocationId))?.AssociationId);
    await partFromAddresses(client, instanceId);
    const request = { AllocationId: allocationId, InstanceId: instanceId };
    return (await client.send(new AssociateAddressCommand(request))).AssociationId;
  },
  async find(client, id) {
    const found = only(await addresses(client, "association-id", id));
    return (
      found && {
        allocationId: found.AllocationId,
        instanceId: found.InstanceId,
        networkInterfaceId: found.NetworkInterfaceId,
        privateIpAddress: found.PrivateIpAddress,
        publicIp: found.PublicIp,
      }
    );
  },
  remove: (client, id) => disassociate(client, id),
});

async function addresses(client: EC2Client, filter: string, value: string) {
  const Filters = [{ Name: filter, Values: [value] }];
  return (await client.send(new DescribeAddressesCommand({ Filters }))).Addresses ?? [];
}

async function disassociate(client: EC2Client, AssociationId: string | undefined): Promise<void> {
  if (AssociationId) await orGone(client.send(new DisassociateAddressCommand({ AssociationId })));
}

/** Disassociates all addresses of an instance, as AWS does when the instance is terminated or gets another address. */
export async function partFromAddresses(client: EC2Client, instanceId: string): Promise<void> {
  const held = await addresses(client, "instance-id", instanceId);
  for (const { AssociationId } of held) await disassociate(client, AssociationId);
}

async function requireGateway(client: EC2Client, instanceId: string): Promise<void> {
  const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
  const instance = only(only(Reservations)?.Instances);
  if (instance?.State?.Name === "terminated") {
    const message = `The instance '${instanceId}' is not in a valid state for this operation.`;
    throw ec2Error("AssociateAddress", "InvalidInstanceID", message);
  }
  const vpcId = required(instance?.VpcId, "VpcId");
  const Filters = [{ Name: "attachment.vpc-id", Values: [vpcId] }];
  const { InternetGateways = [] } = await client.send(new DescribeInternetGatewaysCommand({ Filters }));
  if (InternetGateways.length > 0) return;
  const message = `Network ${vpcId} is not attached to any internet gateway`;
  throw ec2Error("AssociateAddress", "Gateway.NotAttached", message);
}
