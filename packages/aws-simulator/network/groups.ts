import type { IpPermission } from "@aws-sdk/client-ec2";
import type { GroupRule } from "./state";

const network = "0.0.0.0/0";

/**
 * Addresses of a security group's members, for rules of other groups that reference the group. `cidrs` are in a VPC;
 * `through` are the load balancers' addresses that clients connect to.
 */
export interface Members {
  readonly cidrs: readonly string[];
  readonly through: readonly string[];
}

/**
 * Converts a security group's permissions into packet filter rules.
 * @param membersOf returns the members of a group
 * @param unknown reports parts of a permission that can't be simulated. These parts allow no traffic
 */
export function groupRules(
  group: string,
  permissions: readonly IpPermission[],
  membersOf: (group: string) => Members,
  unknown: (what: string) => void,
): GroupRule[] {
  return permissions.flatMap((permission) => {
    for (const { CidrIpv6 } of permission.Ipv6Ranges ?? []) unknown(`${group}: a rule for IPv6 (${CidrIpv6})`);
    for (const { PrefixListId } of permission.PrefixListIds ?? []) unknown(`${group}: a prefix list (${PrefixListId})`);
    const members = (permission.UserIdGroupPairs ?? []).map(({ GroupId = "" }) => membersOf(GroupId));
    const named = (permission.IpRanges ?? []).flatMap(({ CidrIp }) => CidrIp ?? []);
    const cidrs = unique([...named, ...members.flatMap((each) => each.cidrs)]);
    const through = unique(members.flatMap((each) => each.through));
    const service = serviceOf(permission);
    if (service === undefined) unknown(`${group}: a rule for protocol ${permission.IpProtocol} ${ports(permission)}`);
    if (service === undefined || cidrs.length + through.length === 0) return [];
    return [{ ...service, cidrs: cidrs.includes(network) ? [network] : cidrs, ...(through.length > 0 && { through }) }];
  });
}

/** Returns a permission's protocol and ports. EC2 accepts protocols by name and by number; -1 means all. */
function serviceOf({
  IpProtocol,
  FromPort: from = -1,
  ToPort: to = -1,
}: IpPermission): Pick<GroupRule, "protocol" | "first" | "last"> | undefined {
  switch (IpProtocol) {
    case "-1":
      return { protocol: "all", first: 0, last: 65535 };
    case "tcp":
    case "6":
      return { protocol: "tcp", first: Math.max(from, 0), last: to < 0 ? 65535 : to };
    case "udp":
    case "17":
      return { protocol: "udp", first: Math.max(from, 0), last: to < 0 ? 65535 : to };
    case "icmp":
    case "1":
      return { protocol: "icmp", first: from, last: to };
    default:
      return undefined;
  }
}

function ports({ FromPort, ToPort }: IpPermission): string {
  return FromPort === undefined ? "" : `(${FromPort} to ${ToPort})`;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
