import {
  CreateSubnetCommand,
  DeleteSubnetCommand,
  DescribeSubnetsCommand,
  ModifySubnetAttributeCommand,
} from "@aws-sdk/client-ec2";
import { z } from "zod";
import { regional, tagged, tagsFound } from "../resource";
import { only, tagsOf } from "./client";
import { rejectWhileUsed } from "./dependencies";
import { ec2Type } from "./ec2-type";

/** `aws:ec2/subnet:Subnet` */
export const subnet = ec2Type({
  token: "aws:ec2/subnet:Subnet",
  inputs: {
    ...regional,
    ...tagged,
    vpcId: z.string(),
    cidrBlock: z.string(),
    availabilityZone: z.string().optional(),
    mapPublicIpOnLaunch: z.boolean().default(false),
  },
  replaceOn: ["vpcId", "cidrBlock", "availabilityZone"],
  computed: ["arn", "availabilityZone", "availabilityZoneId", "ownerId"],
  async make(client, { vpcId, cidrBlock, availabilityZone, tagsAll }) {
    const { Subnet } = await client.send(
      new CreateSubnetCommand({
        VpcId: vpcId,
        CidrBlock: cidrBlock,
        ...(availabilityZone && { AvailabilityZone: availabilityZone }),
        ...tagsOf("subnet", tagsAll),
      }),
    );
    return Subnet?.SubnetId;
  },
  async configure(client, SubnetId, { mapPublicIpOnLaunch }) {
    const mapping = { SubnetId, MapPublicIpOnLaunch: { Value: mapPublicIpOnLaunch } };
    await client.send(new ModifySubnetAttributeCommand(mapping));
  },
  async find(client, SubnetId) {
    const found = only((await client.send(new DescribeSubnetsCommand({ SubnetIds: [SubnetId] }))).Subnets);
    return (
      found && {
        arn: found.SubnetArn,
        ownerId: found.OwnerId,
        vpcId: found.VpcId,
        cidrBlock: found.CidrBlock,
        availabilityZone: found.AvailabilityZone,
        availabilityZoneId: found.AvailabilityZoneId,
        mapPublicIpOnLaunch: found.MapPublicIpOnLaunch,
        ...tagsFound(found.Tags),
      }
    );
  },
  async remove(client, SubnetId) {
    await rejectWhileUsed(client, "DeleteSubnet", SubnetId);
    await client.send(new DeleteSubnetCommand({ SubnetId }));
  },
});
