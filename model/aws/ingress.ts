import { type PortName, type PortRow, type PortTable, type Protocol, portNames } from "../ports";
import type { AwsPlan } from "./plan";

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

/**
 * Who reaches a node from outside: what its security group and its own packet filter both let in, the whole port table
 * and nothing else. With `apiIngress: vpc` LiveKit's API is for the stack's own networks and `adminCidrs` alone.
 */
export function ingressRules(plan: AwsPlan): IngressRule[] {
  return portNames.flatMap((name) =>
    plan.ports[name].protocols.map((protocol) => rule(name, plan.ports, protocol, sources(plan, name))),
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

function sources({ settings, regions }: AwsPlan, name: PortName): readonly string[] {
  if (name !== "api" || settings.apiIngress === "world") return [world];
  return [...new Set([...regions.map(({ cidr }) => cidr), ...settings.adminCidrs])];
}
