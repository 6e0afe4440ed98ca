import { instanceHour } from "../aws/prices";
import { architectureOf } from "../aws/processors";
import type { Settings } from "../settings/schema";
import type { ConfigError } from "../user-error";
import type { Load, SiteReport } from "./assess";
import { instanceFamilies, instanceType, instanceTypes, internetMbps } from "./instances";
import { type RoomShape, roomTraffic } from "./load";
import { type Bottleneck, largestRoom, relayPortsFor, relayRange, roomsPerNode } from "./node";
import { mediaVcpus } from "./processor";

/** The flag or configuration key that gives the room's size. Errors name it. */
export interface LoadSource {
  readonly participants: string;
}

/** Rejects a room that fits on no node of a site, and suggests a fix. A room cannot span nodes. */
export function fitErrors(reports: readonly SiteReport[], { shape }: Load, source: LoadSource): ConfigError[] {
  return reports
    .filter(({ roomsPerNode }) => roomsPerNode.expected === 0)
    .map((report) => ({
      key: source.participants,
      value: shape.participants,
      rule: `${demand(shape, report.bottleneck)}, ${beyond(shape, report)}`,
      fix: remedy(shape, report),
    }));
}

/** Rejects a room larger than LiveKit's own limit. */
export function capErrors(
  { maxParticipants = 0 }: Settings["room"],
  { shape }: Load,
  source: LoadSource,
): ConfigError[] {
  if (maxParticipants === 0 || shape.participants <= maxParticipants) return [];
  return [
    {
      key: source.participants,
      value: shape.participants,
      rule: `the number of participants must be at most ${maxParticipants}, the value of livekit:room.maxParticipants`,
      fix: `Raise the limit with: pulumi config set --path livekit:room.maxParticipants ${shape.participants}`,
    },
  ];
}

/** Rejects instance types that are not in the planner's table of instance types. */
export function instanceErrors(regions: readonly { readonly instanceType: string }[]): ConfigError[] {
  return regions.flatMap(({ instanceType: name }, i) => {
    if (instanceType(name) !== undefined) return [];
    return [
      {
        key: `livekit:regions[${i}].instanceType`,
        value: name,
        rule: `the planner has no data for this instance type, only for types of the families ${instanceFamilies.join(", ")}`,
        fix: `Set a type of these families with: pulumi config set --path 'livekit:regions[${i}].instanceType' c7i.large`,
      },
    ];
  });
}

/** Returns the cheapest instance type of the same architecture that carries a room. Undefined if there is none. */
export function cheapestFor(shape: RoomShape, like: string): string | undefined {
  const price = (name: string) => instanceHour(name) ?? Number.POSITIVE_INFINITY;
  const fitting = instanceTypes
    .filter(({ name }) => architectureOf(name) === architectureOf(like))
    .filter((type) => roomsPerNode(shape, { ...type, egressMbps: internetMbps(type), ...ampleRelay }) > 0);
  return fitting.toSorted((a, b) => price(a.name) - price(b.name))[0]?.name;
}

/** Compares instance types without port limits, because these limits depend on the settings only. */
const ampleRelay = { relayPorts: Number.POSITIVE_INFINITY, turnUrls: 1 } as const;

function demand(shape: RoomShape, bottleneck: Bottleneck): string {
  const traffic = roomTraffic(shape);
  const room = `a room of this size is too large: at quality ${shape.quality} with ${shape.publishers} publishers, it`;
  switch (bottleneck) {
    case "processor":
      return `${room} needs about ${mediaVcpus(traffic).toFixed(1)} vCPUs`;
    case "network":
      return `${room} sends ${(traffic.egressMbps / 1000).toFixed(1)} Gbps`;
    case "media ports":
      return `${room} needs two ports of livekit:ports.media per participant`;
    case "relay ports":
      return `${room} needs two ports of livekit:ports.relay per participant and TURN URL, even if no media is relayed`;
  }
}

function beyond(shape: RoomShape, { site }: SiteReport): string {
  const node = `${site.key === undefined ? "" : "a node of "}${site.name} (${site.kind})`;
  return `more than ${node} has for one room; a room runs on one node, and if all publish, the largest room has ${largestRoom(shape, site.limits)} participants`;
}

function remedy(shape: RoomShape, { site, bottleneck }: SiteReport): string {
  if (bottleneck === "media ports") {
    return "Remove this limit with: pulumi config set livekit:mediaTransport multiMux";
  }
  if (bottleneck === "relay ports") {
    const ports = relayPortsFor(shape.participants, site.limits.turnUrls);
    return `Widen the range with: pulumi config set --path livekit:ports.relay ${relayRange(ports)}`;
  }
  const less = "plan fewer participants, fewer publishers (--publishers), or a lower quality (--quality)";
  if (site.key === undefined) return `On this machine, ${less}`;
  const name = cheapestFor(shape, site.kind);
  if (name === undefined) return `No instance type of the planner's table is large enough: ${less}`;
  return `Use a ${name} with: pulumi config set --path '${site.key}.instanceType' ${name}`;
}
