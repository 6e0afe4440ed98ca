import { type PortName, type PortRow, type PortTable, type Protocol, portNames } from "../ports";
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

/** ElastiCache's. A stack's own ports are its nodes'. */
export const elasticachePort = 6379;

/**
 * Who reaches a region's nodes from outside: what their security group and their own packet filter both let in, the whole
 * port table and nothing else. With `apiIngress: vpc` LiveKit's API is for the region's own network and `adminCidrs` alone.
 */
export function ingressRules(plan: AwsPlan, region: AwsRegion = primaryRegion(plan)): IngressRule[] {
  return portNames.flatMap((name) =>
    plan.ports[name].protocols.map((protocol) => rule(name, plan.ports, protocol, sources(plan, region, name))),
  );
}

function rule(name: PortName, ports: PortTable, protocol: Protocol, allowed: readonly string[]): IngressRule {
  const { first, last, service, purpose }: PortRow = ports[name];
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
