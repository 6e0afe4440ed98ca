import { type Inputs, ofType, type ResourceChange, type Side, text } from "./change";
import { type NodeChange, nodeChanges, nodeOf } from "./nodes";
import { type ServiceChange, serviceChanges, thisMachine } from "./services";

/**
 * `cut`: calls end. `refused`: no new rooms during the change. `unaffected`: calls continue, and new rooms start on
 * some node.
 */
export type CallImpact = "cut" | "refused" | "unaffected";

/** What a change does to the calls of one node or of this machine. */
export interface CallRisk {
  readonly where: string;
  readonly impact: CallImpact;
  /** A phrase without its full stop, shown after the node's name. */
  readonly description: string;
}

/** Returns the calls at risk, node by node. */
export function callRisks(changes: readonly ResourceChange[]): CallRisk[] {
  const services = serviceChanges(changes);
  return [
    ...nodeChanges(changes).flatMap((node) => ofNode(node, changes)),
    ...services.flatMap((service) => ofService(service, services, changes)),
  ];
}

/**
 * Deleting an instance runs the delete command that the last update stored in the state, so the old settings decide
 * what happens to its calls.
 */
function ofNode({ node, operation }: NodeChange, changes: readonly ResourceChange[]): CallRisk[] {
  if (operation === "create") return [];
  const effect = effectOnCalls(node, changes, "before");
  const then = operation === "replace" ? "is away until another instance serves" : "goes for good";
  return [{ where: node, impact: callImpactOf(effect), description: `LiveKit ${effect}; then the node ${then}` }];
}

function ofService(
  { where, service, action }: ServiceChange,
  others: readonly ServiceChange[],
  changes: readonly ResourceChange[],
): CallRisk[] {
  if (action !== "restarts" && action !== "ends") return [];
  const effect = effectOnCalls(where, changes, "after");
  const withLiveKit = others.some((each) => each.where === where && isLiveKit(each.service) && each.action === action);
  if (isLiveKit(service)) return [{ where, impact: callImpactOf(effect), description: `LiveKit ${effect}` }];
  // Without its SFU a relay carries nothing, and no client can signal to an SFU that is down.
  if (withLiveKit) return [];
  if (service === "coturn" && effect.startsWith("drains")) {
    return [
      {
        where,
        impact: "unaffected",
        description: "Coturn restarts once its relayed calls have ended, or at the deadline",
      },
    ];
  }
  // Other services, such as monitoring, carry no calls.
  const risk = restartOf[service];
  if (risk === undefined) return [];
  const [impact, description] = risk;
  return [{ where, impact, description }];
}

const restartOf: Readonly<Record<string, readonly [CallImpact, string]>> = {
  coturn: ["cut", "Coturn restarts: relayed media is cut and connects again"],
  nginx: ["unaffected", "nginx restarts: signalling is cut and connects again, media goes on"],
  "livekit-redis": ["refused", "Redis restarts: no joins until it is back, media goes on"],
};

function isLiveKit(service: string): boolean {
  return /^livekit(-\d+)?$/.test(service);
}

function callImpactOf(effect: string): CallImpact {
  if (effect.startsWith("restarts")) return "cut";
  return effect.includes(roomsElsewhere.no) ? "refused" : "unaffected";
}

/**
 * Describes what stopping LiveKit on a node does to calls, in the words of the node's command
 * (`templates/node/changes.ts`).
 * @example "drains: no new rooms for up to 1800 s, running calls go on that long"
 */
function effectOnCalls(node: string, changes: readonly ResourceChange[], side: Side): string {
  if (node === thisMachine) return "restarts: running calls are cut and rejoin";
  const command = ofType("Command", changes).find(({ name }) => nodeOf(name, "change") === node);
  const line = text(command?.[side]?.["environment"] as Inputs | undefined, "LIVEKIT");
  const words = line.split("; configuration ")[0] || "ends: what becomes of its calls is not known yet";
  return words.replace(roomsElsewhere.perhaps, hasOthers(node, changes) ? roomsElsewhere.yes : roomsElsewhere.no);
}

/** Reports whether another node exists after the change. */
function hasOthers(node: string, changes: readonly ResourceChange[]): boolean {
  const staying = ofType("Command", changes).filter(({ after }) => after !== undefined);
  return staying.map(({ name }) => nodeOf(name, "change")).some((other) => other !== node);
}

/**
 * Where new rooms go while a node drains. The node's command does not know whether other nodes exist, but a preview
 * does.
 */
export const roomsElsewhere = {
  yes: "new rooms go to other nodes",
  no: "no new rooms",
  perhaps: "new rooms go to other nodes, if there are any,",
} as const;
