import { type CallRisk, callRisks } from "./calls";
import { type Counts, countOperations, ofType, type ResourceChange, text } from "./change";
import { type NodeChange, nodeChanges } from "./nodes";
import { type PortChanges, portChanges } from "./ports";
import { type SecretChange, secretChange } from "./secrets";
import { type ServiceChange, serviceChanges } from "./services";
import { type SizeChange, sizeChange } from "./size";

/** What changes, by what it is of. Holds no secret, and no value of any input but those that its parts name. */
export interface Impact {
  readonly counts: Counts;
  readonly ports: PortChanges;
  readonly nodes: readonly NodeChange[];
  readonly services: readonly ServiceChange[];
  readonly calls: readonly CallRisk[];
  readonly secrets?: SecretChange;
  /** What can't be had again once it is deleted, by name. */
  readonly lost: readonly string[];
  /** Data volumes that are the stack's no more, and stay on the machine. */
  readonly left: readonly LeftVolume[];
  /** Of a stack on AWS. */
  readonly size?: SizeChange;
}

export interface LeftVolume {
  readonly name: string;
  /** The engine's name of it. */
  readonly volume: string;
  /** Whether the service begins with another one, which is empty. */
  readonly replaced: boolean;
}

export function impactOf(changes: readonly ResourceChange[]): Impact {
  const secrets = secretChange(changes);
  const size = sizeChange(changes);
  return {
    counts: countOperations(changes),
    ports: portChanges(changes),
    nodes: nodeChanges(changes),
    services: serviceChanges(changes),
    calls: callRisks(changes),
    ...(secrets && { secrets }),
    lost: lost(changes),
    left: left(changes),
    ...(size && { size }),
  };
}

/** Clients and customers' firewalls hold addresses; all of the fleet's rooms are in Redis; names and keys are in secrets. */
const irreplaceable = ["Eip", "ReplicationGroup", "Secret"];

function lost(changes: readonly ResourceChange[]): string[] {
  const going = changes.filter(({ operation }) => operation === "delete" || operation === "replace");
  return going.filter(({ type }) => irreplaceable.includes(type.split(":").at(-1) ?? "")).map(({ name }) => name);
}

function left(changes: readonly ResourceChange[]): LeftVolume[] {
  return ofType("Volume", changes)
    .filter(({ retained }) => retained)
    .map(({ name, before, operation }) => ({ name, volume: text(before, "name"), replaced: operation === "replace" }));
}
