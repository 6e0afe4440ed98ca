import {
  CreateVpcCommand,
  DeleteVpcCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  type EC2Client,
  ModifyVpcAttributeCommand,
} from "@aws-sdk/client-ec2";
import { z } from "zod";
import { regional, tagged, tagsFound } from "../resource";
import { only, tagsOf } from "./client";
import { rejectWhileNotEmpty } from "./dependencies";
import { ec2Type } from "./ec2-type";

/** `aws:ec2/vpc:Vpc` */
export const vpc = ec2Type({
  token: "aws:ec2/vpc:Vpc",
  inputs: {
    ...regional,
    ...tagged,
    cidrBlock: z.string(),
    enableDnsSupport: z.boolean().default(true),
    enableDnsHostnames: z.boolean().default(false),
  },
  replaceOn: ["cidrBlock"],
  computed: ["arn", "defaultSecurityGroupId", "mainRouteTableId", "ownerId"],
  async make(client, { cidrBlock, tagsAll }) {
    const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: cidrBlock, ...tagsOf("vpc", tagsAll) }));
    return Vpc?.VpcId;
  },
  /** The API changes only one attribute per call. */
  async configure(client, VpcId, { enableDnsSupport, enableDnsHostnames }) {
    const support = { VpcId, EnableDnsSupport: { Value: enableDnsSupport } };
    await client.send(new ModifyVpcAttributeCommand(support));
    const hostnames = { VpcId, EnableDnsHostnames: { Value: enableDnsHostnames } };
    await client.send(new ModifyVpcAttributeCommand(hostnames));
  },
  async find(client, VpcId) {
    const found = only((await client.send(new DescribeVpcsCommand({ VpcIds: [VpcId] }))).Vpcs);
    if (!found) return undefined;
    const ask = (Attribute: "enableDnsSupport" | "enableDnsHostnames") =>
      client.send(new DescribeVpcAttributeCommand({ VpcId, Attribute }));
    const [support, hostnames] = await Promise.all([ask("enableDnsSupport"), ask("enableDnsHostnames")]);
    return {
      arn: `arn:aws:ec2:${await client.config.region()}:${found.OwnerId}:vpc/${VpcId}`,
      ownerId: found.OwnerId,
      cidrBlock: found.CidrBlock,
      enableDnsSupport: support.EnableDnsSupport?.Value,
      enableDnsHostnames: hostnames.EnableDnsHostnames?.Value,
      ...(await defaultsOf(client, VpcId)),
      ...tagsFound(found.Tags),
    };
  },
  async remove(client, VpcId) {
    await rejectWhileNotEmpty(client, VpcId);
    await client.send(new DeleteVpcCommand({ VpcId }));
  },
});

/** Returns the resources that AWS creates with a VPC. */
async function defaultsOf(client: EC2Client, vpcId: string) {
  const ofVpc = { Name: "vpc-id", Values: [vpcId] };
  const [groups, tables] = await Promise.all([
    client.send(new DescribeSecurityGroupsCommand({ Filters: [ofVpc, { Name: "group-name", Values: ["default"] }] })),
    client.send(new DescribeRouteTablesCommand({ Filters: [ofVpc, { Name: "association.main", Values: ["true"] }] })),
  ]);
  return {
    defaultSecurityGroupId: only(groups.SecurityGroups)?.GroupId,
    mainRouteTableId: only(tables.RouteTables)?.RouteTableId,
  };
}
