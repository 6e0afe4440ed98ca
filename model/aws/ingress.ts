import { monitoringPorts } from "../ports/internal";
import type { PortName, Protocol, TableRow } from "../ports/table";
import { openRows } from "./media-ports";
import { type AwsPlan, type AwsRegion, primaryRegion } from "./plan";

/** Allows networks to reach the ports of one row of the port table over one protocol. */
export interface IngressRule {
  /** `<row>_<protocol>`, such as `media_udp`. Unique, and valid as a name in nftables. */
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly protocol: Protocol;
  /** IPv4 networks. */
  readonly sources: readonly string[];
  readonly description: string;
}

const world = "0.0.0.0/0";

/** A security group rule. For ICMP, the port fields hold type and code. */
export type SecurityGroupRule = Omit<IngressRule, "protocol"> & { readonly protocol: Protocol | "icmp" };

/**
 * ICMP "fragmentation needed" (type 3, code 4; RFC 1191) for path MTU discovery. A security group drops this message
 * for untracked flows, such as those to a port that is open to all (EC2 user guide, MTU). The host firewall has a
 * separate rule for this message.
 */
const pathMtuRule: SecurityGroupRule = {
  name: "path_mtu",
  first: 3,
  last: 4,
  protocol: "icmp",
  sources: [world],
  description: "ICMP: path MTU discovery",
};

/**
 * Returns the inbound rules of a region's nodes, for both the security group and the host firewall. They cover the
 * whole port table, or with `portIngress: inUse` only the ports in use. `livekit:monitoring` adds the metrics port.
 * With `apiIngress: vpc` only the region's network and `adminCidrs` reach LiveKit's API.
 */
export function ingressRules(plan: AwsPlan, region: AwsRegion = primaryRegion(plan)): IngressRule[] {
  // All nodes of a region have the same type.
  const rows = openRows(plan, region.nodes[0].instanceType);
  const table = rows.flatMap((row) =>
    row.protocols.map((protocol) => rule(row, protocol, sources(plan, region, row.name))),
  );
  return plan.settings.monitoring ? [...table, scraping(plan, region)] : table;
}

/** Returns the inbound rules of a region's security group: {@link ingressRules}, and ICMP for path MTU discovery. */
export function securityGroupRules(plan: AwsPlan, region: AwsRegion = primaryRegion(plan)): SecurityGroupRule[] {
  return [...ingressRules(plan, region), pathMtuRule];
}

/** Allows the region's own network, the primary region's network and `scrapeCidrs` to read metrics. */
function scraping(plan: AwsPlan, { cidr }: AwsRegion): IngressRule {
  const port = monitoringPorts.scrape;
  return {
    name: "scrape_tcp",
    first: port,
    last: port,
    protocol: "tcp",
    sources: [...new Set([cidr, primaryRegion(plan).cidr, ...plan.settings.scrapeCidrs])],
    description: "nginx: counters for Prometheus, over TLS and with a password",
  };
}

function rule(row: TableRow, protocol: Protocol, allowed: readonly string[]): IngressRule {
  const { name, first, last, service, purpose } = row;
  return {
    name: `${name}_${protocol}`,
    first,
    last,
    protocol,
    sources: allowed,
    description: `${service}: ${purpose}`,
  };
}

function sources({ settings }: AwsPlan, { cidr }: AwsRegion, name: PortName): readonly string[] {
  if (name !== "api" || settings.apiIngress === "world") return [world];
  return [...new Set([cidr, ...settings.adminCidrs])];
}
