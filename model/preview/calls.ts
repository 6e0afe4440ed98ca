import { isLiveKitServer } from "../fleet";
import { type Inputs, ofType, type ResourceChange, type Side, text } from "./change";
import { parseLiveKitChange } from "./livekit-change";
import { type NodeChange, nodeChanges, nodeOf } from "./nodes";
import { type ServiceChange, serviceChanges, thisMachine } from "./services";

/**
 * `cut`: calls end. `refused`: no new rooms during the change. `unaffected`: calls continue, and new rooms start on
 * some node.
 */
export type CallImpact = "cut" | "refused" | "unaffected";

/** How LiveKit stops. `unknown`: depends on resources that the update creates. */
export type LiveKitStop =
  | { readonly how: "restart" | "unknown" }
  | { readonly how: "drain"; readonly timeoutSeconds: number; readonly newRooms: "on other nodes" | "none" };

/** What happens to a service that carries calls. */
export type CallEvent =
  | {
      readonly service: "livekit";
      readonly stop: LiveKitStop;
      /** What the change then does to the node's instance. @default nothing */
      readonly instance?: "replaced" | "deleted";
    }
  | { readonly service: "coturn"; readonly drains: boolean }
  | { readonly service: "nginx" | "livekit-redis" };

/** What a change does to the calls of one node or of this machine. */
export interface CallRisk {
  readonly where: string;
  readonly impact: CallImpact;
  readonly event: CallEvent;
}

/** Returns the calls at risk, node by node. */
export function callRisks(changes: readonly ResourceChange[]): CallRisk[] {
  const services = serviceChanges(changes);
  const risks: [where: string, event: CallEvent][] = [
    ...nodeChanges(changes).flatMap((node) => ofNode(node, changes)),
    ...services.flatMap((service) => ofService(service, services, changes)),
  ];
  return risks.map(([where, event]) => ({ where, impact: callImpactOf(event), event }));
}

/**
 * Returns the call event of a deleted or replaced instance. Pulumi deletes an instance with the delete command that the
 * last update stored in the state. So the old settings decide what happens to the calls on the instance.
 */
function ofNode({ node, operation }: NodeChange, changes: readonly ResourceChange[]): [string, CallEvent][] {
  if (operation === "create") return [];
  const instance = operation === "replace" ? "replaced" : "deleted";
  return [[node, { service: "livekit", stop: stopOf(node, changes, "before"), instance }]];
}

function ofService(
  { where, service, action }: ServiceChange,
  others: readonly ServiceChange[],
  changes: readonly ResourceChange[],
): [string, CallEvent][] {
  if (action !== "restarts" && action !== "ends") return [];
  const stop = stopOf(where, changes, "after");
  if (isLiveKitServer(service)) return [[where, { service: "livekit", stop }]];
  // If LiveKit is down, its relay carries nothing and clients can't signal, so only LiveKit's change counts.
  if (others.some((each) => each.where === where && isLiveKitServer(each.service) && each.action === action)) return [];
  switch (service) {
    case "coturn":
      return [[where, { service, drains: stop.how === "drain" }]];
    case "nginx":
    case "livekit-redis":
      return [[where, { service }]];
    default:
      // Other services, such as monitoring, carry no calls.
      return [];
  }
}

function callImpactOf(event: CallEvent): CallImpact {
  switch (event.service) {
    case "livekit":
      if (event.stop.how === "restart") return "cut";
      return event.stop.how === "drain" && event.stop.newRooms === "none" ? "refused" : "unaffected";
    case "coturn":
      return event.drains ? "unaffected" : "cut";
    case "nginx":
      return "unaffected";
    case "livekit-redis":
      return "refused";
  }
}

/** Returns how LiveKit stops on a node. The source is the text of the node's command (`templates/node/changes.ts`). */
function stopOf(node: string, changes: readonly ResourceChange[], side: Side): LiveKitStop {
  if (node === thisMachine) return { how: "restart" };
  const command = ofType("Command", changes).find(({ name }) => nodeOf(name, "change") === node);
  const change = parseLiveKitChange(text(command?.[side]?.["environment"] as Inputs | undefined, "LIVEKIT"));
  if (change?.changePolicy !== "drain") return { how: change?.changePolicy ?? "unknown" };
  const elsewhere = change.mayHaveOthers && hasOthers(node, changes);
  return { how: "drain", timeoutSeconds: change.drainTimeoutSeconds, newRooms: elsewhere ? "on other nodes" : "none" };
}

/** Reports whether another node exists after the change. */
function hasOthers(node: string, changes: readonly ResourceChange[]): boolean {
  const staying = ofType("Command", changes).filter(({ after }) => after !== undefined);
  return staying.map(({ name }) => nodeOf(name, "change")).some((other) => other !== node);
}
