import { holds, isNetwork } from "../cidr";
import { labels } from "../labels";
import { type Inputs, inputsOf, ofType, type ResourceChange, type Side, text } from "./change";

/** Ports that somebody reaches. */
export interface Opening {
  /** A region of AWS, or this machine. */
  readonly where: string;
  /** `tcp`, `udp`, or `-1`: every one. */
  readonly protocol: string;
  readonly first: number;
  readonly last: number;
  /** Who reaches them: a network, `pl-...`, `sg-...`; empty where that is not known yet. */
  readonly source: string;
  /** What they are for. */
  readonly description: string;
}

export interface PortChanges {
  readonly opened: readonly Opening[];
  readonly closed: readonly Opening[];
}

export const world = "0.0.0.0/0";
export const worldByIpv6 = "::/0";
export const everyProtocol = "-1";
/** Of a container whose port only the machine itself reaches. */
export const loopback = "127.0.0.0/8";

/** An opening, and what it opens: a security group, a load balancer, a container. */
interface Rule extends Opening {
  readonly target: string;
}

/**
 * Which ports become reachable, and which no longer are, port by port: a range that grows opens what it grows by, and a
 * network within one that reached the port already opens nothing.
 */
export function portChanges(changes: readonly ResourceChange[]): PortChanges {
  const [before, after] = [rules(changes, "before"), rules(changes, "after")];
  return { opened: beyond(after, before), closed: beyond(before, after) };
}

/** What the rules open that the others do not. */
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

/** Networks hold each other; of a prefix list and a security group nobody knows here who is in them. */
function includes(outer: string, inner: string): boolean {
  return outer === inner || (isNetwork(outer) && isNetwork(inner) && holds(outer, inner));
}

/** What is left of a range: nothing, or up to two pieces. */
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
    ...inputsOf("Container", changes.filter(isTold), side).flatMap((inputs) => [...published(inputs), ...own(inputs)]),
  ];
}

/** Inputs that say who reaches a port: a rule has one of them. */
const sourceNames = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];

/** The id of a group that is made anew is not known yet: it is the same group's rule all the same. */
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

/** A load balancer has no security group: whatever it listens on is the world's. */
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

/** A container on the machine's own network that was made before its label tells nothing to compare with. */
function isTold({ before, after }: ResourceChange): boolean {
  const sides = [before, after].filter((inputs) => inputs !== undefined && text(inputs, "networkMode") === "host");
  return sides.every((inputs) => portsLabel(inputs) !== "") || sides.every((inputs) => portsLabel(inputs) === "");
}

/** The machine has a port, whichever of its containers serves it. */
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

/** Of a container on the machine's own network, which publishes none. */
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
