import { defaultRoom } from "../../model/capacity/load";
import { formatPorts } from "../../model/ports/table";
import type { CallImpact } from "../../model/preview/calls";
import type { Impact, LeftVolume } from "../../model/preview/impact";
import type { NodeChange } from "../../model/preview/nodes";
import { everyProtocol, loopback, type Opening, world, worldByIpv6 } from "../../model/preview/ports";
import type { SecretChange } from "../../model/preview/secrets";
import type { SizeChange } from "../../model/preview/size";
import type { DescribedRisk } from "./calls";

/** Summarizes the most important changes of a preview, worst first. */
export function headlines(impact: Impact, calls: readonly DescribedRisk[]): string[] {
  const { ports, lost, left, nodes, secrets, size, counts } = impact;
  const found = [
    ...openings("Opens", "to", ports.opened),
    ...(lost.length > 0 ? [`Deletes what can't be recreated: ${lost.join(", ")}`] : []),
    ...left.filter(({ replaced }) => replaced).map(startsEmpty),
    ...shrinking(nodes),
    ...(secrets ? [secretLines[secrets]] : []),
    ...callImpacts(calls),
    ...otherNodes(nodes),
    ...openings("Closes", "for", ports.closed),
    ...left.filter(({ replaced }) => !replaced).map(staysBehind),
    ...(size ? cost(size) : []),
  ];
  if (found.length > 0) return found;
  const { same: _, ...changed } = counts;
  return [Object.values(changed).some((count) => count > 0) ? "Nothing that a caller would notice" : "Nothing changes"];
}

function startsEmpty({ name, volume }: LeftVolume): string {
  return `Starts ${name} empty: what is in it now stays in the volume ${volume}`;
}

function staysBehind({ name, volume }: LeftVolume): string {
  return `Leaves ${name} on this machine: docker volume rm ${volume} deletes it`;
}

const secretLines: Readonly<Record<SecretChange, string>> = {
  "rotation begins": "Rotates secrets: the previous API key and TURN secret stay valid until the rotation is finished",
  "rotation ends": "Finishes the rotation of secrets: the previous API key and TURN secret are rejected from then on",
  "replaced at once":
    "Replaces secrets without a rotation: tokens and credentials of the previous API key or TURN secret are rejected immediately",
};

/** Returns one line per source of opened ports; sources that include the whole internet first. */
function openings(verb: string, preposition: string, ports: readonly Opening[]): string[] {
  const sources = [...new Set(ports.map(({ source }) => source))];
  const worldFirst = sources.toSorted((a, b) => Number(isWorld(b)) - Number(isWorld(a)));
  return worldFirst.map((source) => {
    const those = ports.filter((each) => each.source === source).map(describePorts);
    return `${verb} ${preposition} ${describeSource(source)}: ${[...new Set(those)].join("; ")}`;
  });
}

/** @example "7880/tcp, LiveKit: HTTP API, WebSocket (eu-central-1)" */
function describePorts({ protocol, first, last, description, where }: Opening): string {
  return `${formatOpening({ protocol, first, last })}, ${description} (${where})`;
}

/** @example "50000-50100/udp" */
export function formatOpening({ protocol, first, last }: Pick<Opening, "protocol" | "first" | "last">): string {
  if (protocol === everyProtocol) return "every port of every protocol";
  if (protocol === "icmp") return `ICMP type ${first}, code ${last}`;
  return `${formatPorts({ first, last })}/${protocol}`;
}

export function describeSource(source: string): string {
  return sourceWords[source] ?? source;
}

const sourceWords: Readonly<Record<string, string>> = {
  [world]: "the world",
  [worldByIpv6]: "the world by IPv6",
  [loopback]: "this machine alone",
  "": "a source that is not known before the update",
};

function isWorld(source: string): boolean {
  return source === world || source === worldByIpv6;
}

function shrinking(nodes: readonly NodeChange[]): string[] {
  const smaller = nodes.filter((node) => node.smaller);
  const removed = nodes.filter(({ operation }) => operation === "delete");
  return [
    ...smaller.map(({ node, before, after }) => `Shrinks ${node}: ${before} becomes ${after}`),
    ...(removed.length > 0 ? [`Removes ${names(removed)}`] : []),
  ];
}

function otherNodes(nodes: readonly NodeChange[]): string[] {
  const replaced = nodes.filter(({ operation, smaller }) => operation === "replace" && !smaller);
  const added = nodes.filter(({ operation }) => operation === "create");
  return [
    ...replaced.map(({ node, before, after }) =>
      before === after ? `Replaces ${node}'s instance` : `Replaces ${node}: ${before} becomes ${after}`,
    ),
    ...(added.length > 0 ? [`Adds ${names(added)}`] : []),
  ];
}

const order: readonly CallImpact[] = ["cut", "refused", "unaffected"];

/** Combines equal effects on several nodes into one line. Nodes change one after the other. */
function callImpacts(risks: readonly DescribedRisk[]): string[] {
  const worstFirst = order.flatMap((impact) => risks.filter((risk) => risk.impact === impact));
  return [...new Set(worstFirst.map(({ description }) => description))].map((description) => {
    const alike = worstFirst.filter((risk) => risk.description === description);
    const places = alike.map(({ where }) => where).join(", ");
    const inTurn = alike.length > 1 ? ", one after the other" : "";
    return `${alike[0]?.impact === "unaffected" ? "Calls" : "Calls at risk"} on ${places}${inTurn}: ${description}`;
  });
}

/** Unit in which a preview states capacity. @example "rooms of 4 at 720p" */
export const countedRooms = `rooms of ${defaultRoom.participants} at ${defaultRoom.quality}`;

function cost({ before, after }: SizeChange): string[] {
  const [was, is] = [before, after].map(({ bill, rooms }) => ({ month: usd(bill.month), rooms: rooms.expected }));
  if (was === undefined || is === undefined || (was.month === is.month && was.rooms === is.rooms)) return [];
  const rooms = was.rooms === is.rooms ? "as many" : `${is.rooms} in place of ${was.rooms}`;
  return [`Costs ${is.month} a month in place of ${was.month}, without traffic, and carries ${rooms} ${countedRooms}`];
}

/** @example "$72.30" */
export function usd(value: number): string {
  return `$${value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

function names(nodes: readonly NodeChange[]): string {
  return nodes.map(({ node, before, after }) => `${node} (${after ?? before})`).join(", ");
}
