import { holds, isNetwork } from "../cidr";
import { labels } from "../labels";
import { type Inputs, inputsOf, ofType, type ResourceChange, type Side, text } from "./change";

/** Ports that a network can reach. */
export interface Opening {
  /** An AWS region, or this machine. */
  readonly where: string;
  /** `tcp`, `udp`, `icmp`, or `-1` for all. */
  readonly protocol: string;
  readonly first: number;
  readonly last: number;
  /** A CIDR, a prefix list (`pl-...`) or a security group (`sg-...`). Empty if the source is not known yet. */
  readonly source: string;
  /** Purpose of the ports. */
  readonly description: string;
}

export interface PortChanges {
  readonly opened: readonly Opening[];
  readonly closed: readonly Opening[];
}

export const world = "0.0.0.0/0";
export const worldByIpv6 = "::/0";
export const everyProtocol = "-1";
/** Source of a container's port that only the machine itself reaches. */
export const loopback = "127.0.0.0/8";

/** An opening and the resource that has the open ports: a security group, a load balancer or this machine. */
interface Rule extends Opening {
  readonly target: string;
}

/**
 * Returns the ports that become reachable, and the ports that stop being reachable. Compares single ports: a range that
 * grows opens only the added ports. Allowing a network opens nothing if a larger network that contains it already has
 * access.
 */
export function portChanges(changes: readonly ResourceChange[]): PortChanges {
  const [before, after] = [rules(changes, "before"), rules(changes, "after")];
  return { opened: beyond(after, before), closed: beyond(before, after) };
}

/** Returns the ports that the first rules open and the other rules do not open. */
function beyond(rules: readonly Rule[], others: readonly Rule[]): Opening[] {
  return rules.flatMap(({ target, ...opening }) => {
    const covering = others.filter((other) => other.target === target && covers(other, opening));
    return covering.reduce<Opening[]>((left, other) => left.flatMap((piece) => without(piece, other)), [opening]);
  });
}

function covers(rule: Opening, opening: Opening): boolean {
  const sameProtocol = rule.protocol === everyProtocol || rule.protocol === opening.protocol;
  return sameProtocol && includes(rule.source, opening.source);
}

/**
 * Reports whether a network includes another. Prefix lists and security groups match only by ID: their members are
 * unknown here.
 */
function includes(outer: string, inner: string): boolean {
  return outer === inner || (isNetwork(outer) && isNetwork(inner) && holds(outer, inner));
}

/** Removes a range from another one. Leaves nothing, or up to two pieces. */
function without(piece: Opening, { first, last }: Pick<Opening, "first" | "last">): Opening[] {
  if (last < piece.first || piece.last < first) return [piece];
  const pieces = [
    { ...piece, last: first - 1 },
    { ...piece, first: last + 1 },
  ];
  return pieces.filter((each) => each.first <= each.last);
}

function rules(changes: readonly ResourceChange[], side: Side): Rule[] {
  return [
    ...ofType("SecurityGroupIngressRule", changes).flatMap((change) => ingress(change, side)),
    ...inputsOf("Listener", changes, side).map(listener),
    ...inputsOf("Container", changes.filter(isComparable), side).flatMap((inputs) => [
      ...published(inputs),
      ...own(inputs),
    ]),
  ];
}

/** Inputs for the source of a rule. Each rule has one of them. */
const sourceNames = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];

/** Uses the previous ID of the security group, because the ID of a replaced group is not known yet. */
function ingress(change: ResourceChange, side: Side): Rule[] {
  const inputs = change[side];
  if (inputs === undefined) return [];
  const protocol = text(inputs, "ipProtocol");
  const all = protocol === everyProtocol;
  return [
    {
      target: text(change.before, "securityGroupId") || text(inputs, "securityGroupId"),
      where: text(inputs, "region"),
      protocol,
      first: all ? 0 : port(inputs, "fromPort"),
      last: all ? 65_535 : port(inputs, "toPort"),
      source: sourceNames.map((name) => text(inputs, name)).find((source) => source !== "") ?? "",
      description: text(inputs, "description"),
    },
  ];
}

/** The load balancer has no security group, so all of its ports are open to the world. */
function listener(inputs: Inputs): Rule {
  const [where, first] = [text(inputs, "region"), port(inputs, "port")];
  const protocol = text(inputs, "protocol").toLowerCase();
  return {
    target: `balancer ${where}`,
    where,
    protocol,
    first,
    last: first,
    source: world,
    description: "load balancer",
  };
}

/**
 * Reports whether the container's ports can be compared. A container on the host network has no port label if it was
 * created before the label existed.
 */
function isComparable({ before, after }: ResourceChange): boolean {
  const sides = [before, after].filter((inputs) => inputs !== undefined && text(inputs, "networkMode") === "host");
  return sides.every((inputs) => portsLabel(inputs) !== "") || sides.every((inputs) => portsLabel(inputs) === "");
}

/**
 * Gives all containers the same target, so that a port stays open if another container serves the port after the
 * update.
 */
const machine = { target: "this machine", where: "this machine" } as const;

function published(inputs: Inputs): Rule[] {
  return ((inputs["ports"] ?? []) as readonly Inputs[]).map((each) => ({
    ...machine,
    protocol: text(each, "protocol"),
    first: port(each, "external"),
    last: port(each, "external"),
    source: text(each, "ip").startsWith("127.") ? loopback : world,
    description: text(inputs, "name"),
  }));
}

/** Returns the ports of a container on the host network. Such a container publishes no ports. */
function own(inputs: Inputs): Rule[] {
  const spans = [...portsLabel(inputs).matchAll(/(\d+)(?:-(\d+))?\/(\w+)/g)];
  return spans.map(([, first, last = first, protocol = ""]) => ({
    ...machine,
    protocol,
    first: Number(first),
    last: Number(last),
    source: world,
    description: text(inputs, "name"),
  }));
}

function portsLabel(inputs: Inputs | undefined): string {
  const all = (inputs?.["labels"] ?? []) as readonly Inputs[];
  return text(
    all.find(({ label }) => label === labels.ports),
    "value",
  );
}

function port(inputs: Inputs, name: string): number {
  return Number(inputs[name] ?? 0);
}
