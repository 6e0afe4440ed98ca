import {
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  type EC2Client,
  type IpPermission,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
} from "@aws-sdk/client-ec2";
import { z } from "zod";
import { regional, tagged, tagsFound } from "../resource";
import { changeTags, ec2Error, only, tagsOf } from "./client";
import { rejectWhileUsed } from "./dependencies";
import { ec2Type } from "./ec2-type";
import { groupText } from "./group-texts";

/** `aws:ec2/securityGroup:SecurityGroup`. Its rules are separate resources. */
export const securityGroup = ec2Type({
  token: "aws:ec2/securityGroup:SecurityGroup",
  inputs: {
    ...regional,
    ...tagged,
    name: groupText.regex(/^(?!sg-)/i, "must not begin with sg-").min(1),
    description: groupText.min(1).default("Managed by Pulumi"),
    vpcId: z.string(),
  },
  autoName: "name",
  replaceOn: ["name", "description", "vpcId"],
  computed: ["arn", "ownerId"],
  async make(client, { name, description, vpcId, tagsAll }) {
    const wanted = { GroupName: name, Description: description, VpcId: vpcId };
    const { GroupId = "" } = await client.send(
      new CreateSecurityGroupCommand({ ...wanted, ...tagsOf("security-group", tagsAll) }),
    );
    return GroupId;
  },
  /** AWS allows all egress from a new group; the official plugin revokes that rule. */
  async configure(client, GroupId, _wanted, state) {
    if (!state) await revokeAll(client, await groupOf(client, GroupId));
  },
  async find(client, id) {
    const found = await groupOf(client, id);
    return found && outputsOf(client, found);
  },
  async remove(client, GroupId) {
    await rejectWhileUsed(client, "DeleteSecurityGroup", GroupId);
    await client.send(new DeleteSecurityGroupCommand({ GroupId }));
  },
});

const rules = z
  .array(z.unknown())
  .max(
    0,
    "rules of the default group are not implemented by the fallback provider: leave the default group without rules",
  )
  .default([]);

/**
 * `aws:ec2/defaultSecurityGroup:DefaultSecurityGroup`. Adopts the VPC's default group and removes its rules. Deleting
 * the resource keeps the group.
 */
export const defaultSecurityGroup = ec2Type({
  token: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  inputs: { ...regional, ...tagged, vpcId: z.string(), ingress: rules, egress: rules },
  replaceOn: ["vpcId"],
  computed: ["arn", "description", "name", "ownerId"],
  async make(client, { vpcId }) {
    const Filters = [
      { Name: "vpc-id", Values: [vpcId] },
      { Name: "group-name", Values: ["default"] },
    ];
    const { SecurityGroups } = await client.send(new DescribeSecurityGroupsCommand({ Filters }));
    const found = only(SecurityGroups)?.GroupId;
    if (found) return found;
    throw ec2Error("DescribeSecurityGroups", "InvalidVpcID.NotFound", `The vpc ID '${vpcId}' does not exist`);
  },
  async configure(client, GroupId, { tagsAll }, state) {
    await revokeAll(client, await groupOf(client, GroupId));
    if (!state) await changeTags(client, GroupId, tagsAll, {});
  },
  async find(client, id) {
    const found = await groupOf(client, id);
    if (!found) return undefined;
    const { IpPermissions = [], IpPermissionsEgress = [] } = found;
    const both = { ingress: IpPermissions.map(ruleFound), egress: IpPermissionsEgress.map(ruleFound) };
    return { ...(await outputsOf(client, found)), ...both };
  },
  remove: () => Promise.resolve(),
});

async function groupOf(client: EC2Client, id: string): Promise<SecurityGroup | undefined> {
  return only((await client.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }))).SecurityGroups);
}

async function outputsOf(client: EC2Client, found: SecurityGroup) {
  return {
    arn: `arn:aws:ec2:${await client.config.region()}:${found.OwnerId}:security-group/${found.GroupId}`,
    ownerId: found.OwnerId,
    name: found.GroupName,
    description: found.Description,
    vpcId: found.VpcId,
    ...tagsFound(found.Tags),
  };
}

async function revokeAll(client: EC2Client, group: SecurityGroup | undefined): Promise<void> {
  const { GroupId, IpPermissions = [], IpPermissionsEgress = [] } = group ?? {};
  if (IpPermissions.length > 0) {
    await client.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  }
  if (IpPermissionsEgress.length > 0) {
    await client.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: IpPermissionsEgress }));
  }
}

/** Returns a rule in the format of the type's inputs. */
function ruleFound({ IpProtocol, FromPort, ToPort, IpRanges = [], UserIdGroupPairs = [] }: IpPermission) {
  return {
    protocol: IpProtocol,
    fromPort: FromPort ?? 0,
    toPort: ToPort ?? 0,
    cidrBlocks: IpRanges.map(({ CidrIp }) => CidrIp),
    securityGroups: UserIdGroupPairs.map(({ GroupId }) => GroupId),
  };
}
