/**
 * What an `up` would do to a stack's resources, as plain data. The source is the engine's preview or two golden files.
 */

/**
 * `replace`: another resource takes the place of the existing one. `leave`: the resource is removed from the stack's
 * state but not deleted.
 */
export const operations = ["create", "update", "replace", "delete", "leave", "same"] as const;
export type Operation = (typeof operations)[number];

/** A resource's inputs. Secrets are `[secret]`. Inputs that are unknown before the update are left out. */
export type Inputs = Readonly<Record<string, unknown>>;

export interface ResourceChange {
  readonly operation: Operation;
  /** Pulumi's type token, such as `aws:ec2/instance:Instance`. */
  readonly type: string;
  /** Name in the program, such as `euc1-1-instance`. */
  readonly name: string;
  /** Undefined for a new resource. */
  readonly before?: Inputs;
  /** Undefined for a deleted resource. */
  readonly after?: Inputs;
  /** Names of the changed inputs, including secret ones. */
  readonly changed: readonly string[];
  /**
   * Whether the existing resource, such as a data volume, continues to exist outside the stack after `leave` or
   * `replace`.
   */
  readonly retained?: true;
}

/** Reports whether resources of a type exist outside the engine. Components, providers and the stack itself don't. */
export function isReal(type: string): boolean {
  return !/^(pulumi|livekit):/.test(type);
}

export type Side = "before" | "after";

/** Returns the changes of resources of one type. `type` is the last part of the type token, such as `Instance`. */
export function ofType(type: string, changes: readonly ResourceChange[]): ResourceChange[] {
  return changes.filter((change) => change.type.endsWith(`:${type}`));
}

/** Returns the inputs of every resource of a type on one side of the change. */
export function inputsOf(type: string, changes: readonly ResourceChange[], side: Side): Inputs[] {
  return ofType(type, changes)
    .map((change) => change[side])
    .filter((inputs) => inputs !== undefined);
}

/** Returns a text input. Empty if it is not text, or not known yet. */
export function text(inputs: Inputs | undefined, name: string): string {
  const value = inputs?.[name];
  return typeof value === "string" ? value : "";
}

/** Number of resources for each operation. */
export type Counts = Readonly<Record<Operation, number>>;

export function countOperations(changes: readonly ResourceChange[]): Counts {
  const count = (operation: Operation) => changes.filter((change) => change.operation === operation).length;
  return Object.fromEntries(operations.map((operation) => [operation, count(operation)])) as Counts;
}
