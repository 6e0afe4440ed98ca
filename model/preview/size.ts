import { instanceHour } from "../aws/prices";
import { assess, type Site } from "../capacity/assess";
import { type Bill, type BilledSettings, monthlyBill, type NodeGroup } from "../capacity/cost";
import { instanceType, internetMbps } from "../capacity/instances";
import { defaultRoom } from "../capacity/load";
import type { Spread } from "../capacity/processor";
import { portCount } from "../ports/table";
import { bundlesOf } from "./bundles";
import { inputsOf, ofType, type ResourceChange, type Side, text } from "./change";

/** Nodes, capacity and cost of a stack on AWS. */
export interface Size {
  readonly nodes: readonly NodeGroup[];
  /** Rooms of {@link defaultRoom} on all nodes together. */
  readonly rooms: Spread;
  /** Monthly bill without traffic. */
  readonly bill: Bill;
  /**
   * Instance types that the capacity or the price table lacks. The rooms or the price of their nodes are not counted.
   */
  readonly uncounted: readonly string[];
}

export interface SizeChange {
  readonly before: Size;
  readonly after: Size;
}

/**
 * Returns the size before and after the update. Undefined if the stack has no nodes before and after, such as a local
 * stack.
 */
export function sizeChange(changes: readonly ResourceChange[]): SizeChange | undefined {
  const [before, after] = [sizeOf(changes, "before"), sizeOf(changes, "after")];
  return before.nodes.length + after.nodes.length === 0 ? undefined : { before, after };
}

function sizeOf(changes: readonly ResourceChange[], side: Side): Size {
  const nodes = groups(changes, side);
  const types = [...new Set(nodes.map((group) => group.instanceType))];
  return {
    nodes,
    rooms: roomsOf(nodes, changes, side),
    bill: nodes.length === 0 ? { items: [], month: 0 } : monthlyBill(nodes, settingsOf(changes, side), noTraffic),
    uncounted: types.filter((type) => instanceType(type) === undefined || instanceHour(type) === undefined),
  };
}

const noTraffic = { egress: 0, crossRegion: 0 } as const;

/** Groups nodes by region and instance type. */
function groups(changes: readonly ResourceChange[], side: Side): NodeGroup[] {
  const found = new Map<string, NodeGroup>();
  for (const inputs of inputsOf("Instance", changes, side)) {
    const [region, instanceType] = [text(inputs, "region"), text(inputs, "instanceType")];
    const key = `${region} ${instanceType}`;
    found.set(key, { region, instanceType, nodes: (found.get(key)?.nodes ?? 0) + 1 });
  }
  return [...found.values()];
}

/** Derives the settings that affect the bill from the resources. */
function settingsOf(changes: readonly ResourceChange[], side: Side): BilledSettings {
  const [group] = inputsOf("ReplicationGroup", changes, side);
  const has = (type: string) => inputsOf(type, changes, side).length > 0;
  return {
    alarms: hasAlarm("egress", changes, side) ? { egressGigabytesPerDay: anyBudget } : {},
    monitoring: hasAlarm("services", changes, side),
    // Several nodes without an ElastiCache group use an external Redis.
    redis: group ? { mode: "elasticache", nodeType: text(group, "nodeType") } : { mode: "external" },
    loadBalancer: has("LoadBalancer") ? "nlb" : has("HealthCheck") ? "dns" : "none",
  };
}

/** Any value: the bill depends only on whether there is a budget. */
const anyBudget = 1;

function hasAlarm(kind: "egress" | "services", changes: readonly ResourceChange[], side: Side): boolean {
  return ofType("MetricAlarm", changes).some((change) => change.name.endsWith(`-${kind}-alarm`) && change[side]);
}

function roomsOf(nodes: readonly NodeGroup[], changes: readonly ResourceChange[], side: Side): Spread {
  const sites = nodes.flatMap((group): Site[] => {
    const type = instanceType(group.instanceType);
    if (type === undefined) return [];
    const limits = { vcpus: type.vcpus, egressMbps: internetMbps(type), ...portLimits(changes, side) };
    return [{ name: group.region, kind: type.name, limits, nodes: group.nodes }];
  });
  const { sites: reports } = assess(sites, { shape: defaultRoom });
  const sum = (bound: keyof Spread) =>
    reports.reduce((rooms, { site, roomsPerNode }) => rooms + site.nodes * roomsPerNode[bound], 0);
  return { cautious: sum("cautious"), expected: sum("expected"), best: sum("best") };
}

/** Returns the port limits of a node: relay ports and, with `mediaTransport: range`, media ports. */
function portLimits(
  changes: readonly ResourceChange[],
  side: Side,
): Pick<Site["limits"], "mediaPorts" | "relayPorts" | "turnUrls"> {
  const range = (row: string) => {
    const [rule] = ofType("SecurityGroupIngressRule", changes).filter(({ name }) => name.includes(`-${row}_udp-`));
    const { fromPort, toPort } = rule?.[side] ?? {};
    return rule?.[side] === undefined ? undefined : portCount({ first: Number(fromPort), last: Number(toPort) });
  };
  const livekit = bundlesOf(changes, side).map(({ files }) => files["stack/livekit/livekit.yaml"] ?? "");
  const ranged = livekit.some((text) => text.includes("port_range_start:"));
  const media = range("media");
  return {
    relayPorts: range("relay") ?? Number.POSITIVE_INFINITY,
    // Counts the TURN servers: LiveKit's file has one line `secret_file` for each TURN server.
    turnUrls: Math.max(1, ...livekit.map((text) => text.match(/^\s*secret_file:/gm)?.length ?? 0)),
    ...(ranged && media !== undefined && { mediaPorts: media }),
  };
}
