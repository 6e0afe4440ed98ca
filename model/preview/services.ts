import { type FileEffect, fileEffect } from "../file-effects";
import type { ServiceKind } from "../images";
import {
  type BundleChange,
  below,
  bundleChanges,
  differing,
  type PlannedService,
  type PreviewedBundle,
} from "./bundles";
import { type Inputs, ofType, type ResourceChange } from "./change";
import { nodeChanges } from "./nodes";

/** `follows`: applies the change while it runs. `unknown`: depends on resources that the update creates. */
export type ServiceAction = "starts" | "ends" | "restarts" | "reloads" | "follows" | "unknown";

/** The effect of a change on one service, or on its machine. */
export interface ServiceChange {
  /** A node, or this machine. */
  readonly where: string;
  /**
   * Such as `nginx` or `livekit-2`. `machine` stands for the node's own files, `program` for the agent that applies
   * bundles.
   */
  readonly service: string;
  readonly action: ServiceAction;
  /** The reason, such as `nginx.conf`. */
  readonly because: string;
}

export const thisMachine = "this machine";

/** Returns the service changes of nodes that keep their instance, and of containers on this machine. */
export function serviceChanges(changes: readonly ResourceChange[]): ServiceChange[] {
  const others = new Set(nodeChanges(changes).map(({ node }) => node));
  const staying = bundleChanges(changes).filter(({ node }) => !others.has(node));
  return [...staying.flatMap(onNode), ...ofType("Container", changes).flatMap(onMachine)];
}

function onNode({ node, before, after }: BundleChange): ServiceChange[] {
  if (before === undefined) return [];
  if (after === undefined) {
    return [{ where: node, service: "all", action: "unknown", because: "an address that is not known yet" }];
  }
  const names = new Set([...before.services, ...after.services].map(({ name }) => name));
  return [
    ...[...names].flatMap((name) => serviceOf(node, name, before, after)),
    ...folder(node, "machine", "system/", before, after),
    ...folder(node, "program", "agent/", before, after),
  ];
}

function serviceOf(where: string, name: string, before: PreviewedBundle, after: PreviewedBundle): ServiceChange[] {
  const [was, is] = [before, after].map(({ services }) => services.find((service) => service.name === name));
  const service = { where, service: name };
  if (!was || !is) return [{ ...service, action: is ? "starts" : "ends", because: "the plan" }];
  if (was.digest !== is.digest) return [{ ...service, action: "restarts", because: whyRestarted(was, is) }];
  const files = differing(below(`stack/${name}/`, before), below(`stack/${name}/`, after));
  const [action] = files.map((file) => actionOfFile(is.kind, file)).toSorted(byWeight);
  return action === undefined ? [] : [{ ...service, action, because: files.join(", ") }];
}

const actionOf: Readonly<Record<FileEffect, ServiceAction>> = {
  restart: "restarts",
  // Calls continue: the relay accepts the old and the new secret until LiveKit's last call ends.
  restartWhenEmpty: "follows",
  reload: "reloads",
  setTurnSecrets: "follows",
  setTurnPeers: "follows",
  // A preview contains placeholders instead of passwords. If the file changes in a preview, more than the password has
  // changed.
  setPassword: "restarts",
};

/** Returns the action of a service whose file changes in a preview. */
export function actionOfFile(kind: ServiceKind, file: string): ServiceAction {
  return actionOf[fileEffect(kind, file)];
}

const weights: readonly ServiceAction[] = ["restarts", "reloads", "follows"];

function byWeight(a: ServiceAction, b: ServiceAction): number {
  return weights.indexOf(a) - weights.indexOf(b);
}

function whyRestarted(was: PlannedService, is: PlannedService): string {
  return was.image === is.image ? "its container" : `image ${is.image}`;
}

function folder(
  where: string,
  service: string,
  path: string,
  before: PreviewedBundle,
  after: PreviewedBundle,
): ServiceChange[] {
  const files = differing(below(path, before), below(path, after));
  return files.length === 0 ? [] : [{ where, service, action: "follows", because: files.join(", ") }];
}

const actions: Readonly<Partial<Record<ResourceChange["operation"], ServiceAction>>> = {
  create: "starts",
  replace: "restarts",
  delete: "ends",
};

/** Returns the change of a service on this machine. Skips containers that only hold files, because they never start. */
function onMachine({ operation, name, changed, after, before }: ResourceChange): ServiceChange[] {
  const action = actions[operation];
  if (action === undefined || isHolder(after ?? before)) return [];
  return [{ where: thisMachine, service: name, action, because: changed.join(", ") }];
}

function isHolder(inputs: Inputs | undefined): boolean {
  return inputs?.["start"] === false;
}
