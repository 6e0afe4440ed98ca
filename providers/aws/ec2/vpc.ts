import {
  CreateVpcCommand,
  DeleteVpcCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  ModifyVpcAttributeCommand,
} from "@aws-sdk/client-ec2";
import { z } from "zod";
import { defineType } from "../../plugin/resource-type";
import type { Properties } from "../../plugin/values";
import { orGone } from "../clients";
import { regional, tagged, tagsFound } from "../resource";
import { changeTags, ec2, tagsOf } from "./client";

const inputs = {
  ...regional,
  ...tagged,
  cidrBlock: z.string(),
  enableDnsSupport: z.boolean().default(true),
  enableDnsHostnames: z.boolean().default(false),
};

/** `aws:ec2/vpc:Vpc` */
export const vpc = defineType({
  token: "aws:ec2/vpc:Vpc",
  inputs,
  replaceOn: ["cidrBlock"],
  computed: ["arn", "defaultSecurityGroupId", "mainRouteTableId"],
  async create({ region, tagsAll, ...wanted }) {
    const { Vpc } = await ec2(region).send(
      new CreateVpcCommand({ CidrBlock: wanted.cidrBlock, ...tagsOf("vpc", tagsAll) }),
    );
    const id = Vpc?.VpcId ?? "";
    await setNames(region, id, wanted);
    return { id, outputs: (await find(region, id)) ?? {} };
  },
  async read(id, { region }) {
    const outputs = await find(region as string, id);
    return outputs && { id, outputs };
  },
  async update(id, { region, tagsAll, ...wanted }, state) {
    await setNames(region, id, wanted);
    await changeTags(region, id, tagsAll, state);
    return (await find(region, id)) ?? {};
  },
  async delete(id, { region }) {
    await orGone(ec2(region as string).send(new DeleteVpcCommand({ VpcId: id })));
  },
});

type Names = Pick<z.infer<z.ZodObject<typeof inputs>>, "enableDnsSupport" | "enableDnsHostnames">;

/** One attribute a call, as the API has it. */
async function setNames(region: string, VpcId: string, { enableDnsSupport, enableDnsHostnames }: Names): Promise<void> {
  const support = { VpcId, EnableDnsSupport: { Value: enableDnsSupport } };
  await ec2(region).send(new ModifyVpcAttributeCommand(support));
  const hostnames = { VpcId, EnableDnsHostnames: { Value: enableDnsHostnames } };
  await ec2(region).send(new ModifyVpcAttributeCommand(hostnames));
}

async function find(region: string, VpcId: string): Promise<Properties | undefined> {
  const found = await orGone(ec2(region).send(new DescribeVpcsCommand({ VpcIds: [VpcId] })));
  const [vpc] = found?.Vpcs ?? [];
  if (!vpc) return undefined;
  const ask = (Attribute: "enableDnsSupport" | "enableDnsHostnames") =>
    ec2(region).send(new DescribeVpcAttributeCommand({ VpcId, Attribute }));
  const [support, hostnames] = await Promise.all([ask("enableDnsSupport"), ask("enableDnsHostnames")]);
  return {
    region,
    id: VpcId,
    arn: `arn:aws:ec2:${region}:${vpc.OwnerId}:vpc/${VpcId}`,
    cidrBlock: vpc.CidrBlock,
    enableDnsSupport: support.EnableDnsSupport?.Value,
    enableDnsHostnames: hostnames.EnableDnsHostnames?.Value,
    ...tagsFound(vpc.Tags),
  };
}
