import { type CallRisk, callRisks } from "./calls";
import { type Counts, countOperations, ofType, type ResourceChange, text } from "./change";
import { type NodeChange, nodeChanges } from "./nodes";
import { type PortChanges, portChanges } from "./ports";
import { type SecretChange, secretChange } from "./secrets";
import { type ServiceChange, serviceChanges } from "./services";
import { type SizeChange, sizeChange } from "./size";

/**
 * Summary of the changes by topic. Contains no secrets. Contains only those resource inputs that the members below
 * list.
 */
export interface Impact {
  readonly counts: Counts;
  readonly ports: PortChanges;
  readonly nodes: readonly NodeChange[];
  readonly services: readonly ServiceChange[];
  readonly calls: readonly CallRisk[];
  readonly secrets?: SecretChange;
  /** Names of deleted or replaced resources that can't be restored. */
  readonly lost: readonly string[];
  /** Data volumes that leave the stack but stay on the machine. */
  readonly left: readonly LeftVolume[];
  /** Only for a stack on AWS. */
  readonly size?: SizeChange;
}

export interface LeftVolume {
  readonly name: string;
  /** Name of the volume in the Docker engine. */
  readonly volume: string;
  /** Whether the service starts with another, empty volume. */
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

/**
 * Resource types whose deletion loses addresses or data: clients and customers' firewalls store the Elastic IPs, Redis
 * holds all rooms of the fleet, and the secrets hold the stack's keys and certificate.
 */
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
