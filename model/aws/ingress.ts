import { monitoringPorts, type PortName, type PortRow, type Protocol } from "../ports";
import { openRows } from "./media-ports";
import { type AwsPlan, type AwsRegion, primaryRegion } from "./plan";

/** One row of the port table in one protocol, and who may reach it. */
export interface IngressRule {
  /** `<row>_<protocol>`, such as `media_udp`: unique, and a name that nftables takes. */
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly protocol: Protocol;
  /** IPv4 networks. */
  readonly sources: readonly string[];
  readonly description: string;
}

const world = "0.0.0.0/0";

/** A rule of a security group: its ports are type and code of ICMP. */
export type SecurityGroupRule = Omit<IngressRule, "protocol"> & { readonly protocol: Protocol | "icmp" };

/**
 * ICMP "fragmentation needed" (type 3, code 4; RFC 1191), by which a path's largest packet is discovered. A security group
 * drops it where it does not track the flow, as with a port that is open to everybody (AWS's EC2 user guide, MTU). The host
 * firewall lets it in beside its own rows.
 */
const pathMtuRule: SecurityGroupRule = {
  name: "path_mtu",
  first: 3,
  last: 4,
  protocol: "icmp",
  sources: [world],
  description: "ICMP: path MTU discovery",
};

/** ElastiCache's. A stack's own ports are its nodes'. */
export const elasticachePort = 6379;

/**
 * Who reaches a region's nodes from outside: what their security group and their own packet filter both let in, the whole
 * port table (`portIngress: inUse` leaves out what no service listens on) and, with `livekit:monitoring`, the counters' port. With `apiIngress: vpc` LiveKit's API is for the region's own
 * network and `adminCidrs` alone.
 */
export function ingressRules(plan: AwsPlan, region: AwsRegion = primaryRegion(plan)): IngressRule[] {
  // All nodes of a region are of one type.
  const rows = openRows(plan, region.nodes[0]?.instanceType ?? "");
  const table = rows.flatMap(([name, row]) =>
    row.protocols.map((protocol) => rule(name, row, protocol, sources(plan, region, name))),
  );
  return plan.settings.monitoring ? [...table, scraping(plan, region)] : table;
}

/** What a region's security group lets in: {@link ingressRules}, and ICMP for path MTU discovery. */
export function securityGroupRules(plan: AwsPlan, region: AwsRegion = primaryRegion(plan)): SecurityGroupRule[] {
  return [...ingressRules(plan, region), pathMtuRule];
}

/** Counters are for the stack's own networks, as far as they reach each other, and for `scrapeCidrs`. */
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

function rule(name: PortName, row: PortRow, protocol: Protocol, allowed: readonly string[]): IngressRule {
  const { first, last, service, purpose } = row;
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
