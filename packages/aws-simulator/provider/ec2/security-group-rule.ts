import {
  AuthorizeSecurityGroupEgressCommand,
  type AuthorizeSecurityGroupEgressCommandInput,
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupRulesCommand,
  type EC2Client,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupEgressCommand,
  type RevokeSecurityGroupEgressCommandInput,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import type { ResourceType } from "../../../provider-kit/resource-type";
import { regional, tagged, tagsFound } from "../resource";
import { ec2Error, only, tagsOf } from "./client";
import { ec2Type } from "./ec2-type";
import { groupText } from "./group-texts";

const port = z.number().int().min(-1).max(65535).optional();

const inputs = {
  ...regional,
  ...tagged,
  securityGroupId: z.string(),
  ipProtocol: z.string(),
  fromPort: port,
  toPort: port,
  cidrIpv4: z
    .string()
    .refine(isNetwork, "must be a valid IPv4 CIDR that represents a network address, such as 10.0.0.0/16"),
  description: groupText.optional(),
};

type Rule = z.infer<z.ZodObject<typeof inputs>>;
type Side = "Ingress" | "Egress";

type Authorize = AuthorizeSecurityGroupEgressCommandInput;
type Revoke = RevokeSecurityGroupEgressCommandInput;

/** Ingress and egress calls have the same inputs and outputs. */
const calls = {
  Ingress: {
    authorize: (client: EC2Client, rules: Authorize) => client.send(new AuthorizeSecurityGroupIngressCommand(rules)),
    revoke: (client: EC2Client, rules: Revoke) => client.send(new RevokeSecurityGroupIngressCommand(rules)),
  },
  Egress: {
    authorize: (client: EC2Client, rules: Authorize) => client.send(new AuthorizeSecurityGroupEgressCommand(rules)),
    revoke: (client: EC2Client, rules: Revoke) => client.send(new RevokeSecurityGroupEgressCommand(rules)),
  },
};

/** `aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule`, from a CIDR. */
export const securityGroupIngressRule = ruleType("Ingress");
/** `aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule`, to a CIDR. */
export const securityGroupEgressRule = ruleType("Egress");

function ruleType(side: Side): ResourceType {
  const { authorize, revoke } = calls[side];
  return ec2Type({
    token: `aws:vpc/securityGroup${side}Rule:SecurityGroup${side}Rule`,
    inputs,
    replaceOn: ["securityGroupId"],
    computed: ["arn", "securityGroupRuleId"],
    validate: ({ ipProtocol, fromPort, toPort }) =>
      ipProtocol !== "-1" && (fromPort === undefined || toPort === undefined)
        ? [`fromPort, toPort: required where ipProtocol is ${ipProtocol}`]
        : [],
    async make(client, wanted) {
      await rejectDuplicate(client, side, wanted);
      const { securityGroupId, ipProtocol, fromPort, toPort, cidrIpv4, description, tagsAll } = wanted;
      const range = { CidrIp: cidrIpv4, ...(description && { Description: description }) };
      const permission = { IpProtocol: ipProtocol, FromPort: fromPort, ToPort: toPort, IpRanges: [range] };
      const request = { GroupId: securityGroupId, IpPermissions: [permission] };
      const tags = tagsOf("security-group-rule", tagsAll);
      const { SecurityGroupRules } = await authorize(client, { ...request, ...tags });
      return only(SecurityGroupRules)?.SecurityGroupRuleId;
    },
    async configure(client, id, wanted, state) {
      if (!state) return;
      await rejectDuplicate(client, side, wanted, id);
      const { securityGroupId, ipProtocol, fromPort = -1, toPort = -1, cidrIpv4, description = "" } = wanted;
      const rule = { IpProtocol: ipProtocol, FromPort: fromPort, ToPort: toPort, CidrIpv4: cidrIpv4 };
      const changed = { SecurityGroupRuleId: id, SecurityGroupRule: { ...rule, Description: description } };
      await client.send(
        new ModifySecurityGroupRulesCommand({ GroupId: securityGroupId, SecurityGroupRules: [changed] }),
      );
    },
    async find(client, id, known) {
      const { SecurityGroupRules } = await client.send(
        new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] }),
      );
      const found = only(SecurityGroupRules);
      if (!found) return undefined;
      return {
        arn: `arn:aws:ec2:${await client.config.region()}:${found.GroupOwnerId}:security-group-rule/${id}`,
        securityGroupRuleId: id,
        securityGroupId: found.GroupId,
        ipProtocol: found.IpProtocol,
        fromPort: portFound(found.FromPort, known.fromPort),
        toPort: portFound(found.ToPort, known.toPort),
        cidrIpv4: found.CidrIpv4,
        description: found.Description,
        ...tagsFound(found.Tags),
      };
    },
    remove: (client, id, { securityGroupId }) =>
      revoke(client, { GroupId: securityGroupId, SecurityGroupRuleIds: [id] }),
  });
}

/** Reports whether a CIDR is valid and has no host bits set. */
function isNetwork(cidr: string): boolean {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr)) return false;
  const [address] = ipaddr.IPv4.parseCIDR(cidr);
  return ipaddr.IPv4.networkAddressFromCIDR(cidr).toString() === address.toString();
}

/** Returns a port as in the program's inputs. AWS returns -1 for all ports, but the program leaves the port out. */
function portFound(found: number | undefined, known: number | undefined): number | undefined {
  return found === -1 && known === undefined ? undefined : found;
}

async function rejectDuplicate(client: EC2Client, side: Side, wanted: Rule, but?: string): Promise<void> {
  const { SecurityGroupRules = [] } = await client.send(
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [wanted.securityGroupId] }] }),
  );
  const others = SecurityGroupRules.filter(
    ({ IsEgress, SecurityGroupRuleId }) => IsEgress === (side === "Egress") && SecurityGroupRuleId !== but,
  );
  if (!others.some((other) => alike(other, wanted))) return;
  const { cidrIpv4, ipProtocol, fromPort, toPort } = wanted;
  const what = `peer: ${cidrIpv4}, ${ipProtocol}, from port: ${fromPort}, to port: ${toPort}, ALLOW`;
  const message = `the specified rule "${what}" already exists`;
  throw ec2Error(`AuthorizeSecurityGroup${side}`, "InvalidPermission.Duplicate", message);
}

/** Reports whether two rules are duplicates. Descriptions don't count. */
function alike(found: SecurityGroupRule, wanted: Rule): boolean {
  if (found.IpProtocol !== wanted.ipProtocol || found.CidrIpv4 !== wanted.cidrIpv4) return false;
  return found.IpProtocol === "-1" || (found.FromPort === wanted.fromPort && found.ToPort === wanted.toPort);
}
