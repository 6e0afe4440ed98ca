/** What an `up` would do to the resources of a stack, as plain data: of the engine's preview, or of two golden files. */

/** `replace`: another one is made in its place. `leave`: it stays where it is, and is the stack's no more. */
export const operations = ["create", "update", "replace", "delete", "leave", "same"] as const;
export type Operation = (typeof operations)[number];

/** A resource's inputs. Secrets are `[secret]`; what is not known before the update is left out. */
export type Inputs = Readonly<Record<string, unknown>>;

export interface ResourceChange {
  readonly operation: Operation;
  /** Pulumi's token, such as `aws:ec2/instance:Instance`. */
  readonly type: string;
  /** Its name in the program, such as `euc1-1-instance`. */
  readonly name: string;
  /** Undefined of one that is new. */
  readonly before?: Inputs;
  /** Undefined of one that goes. */
  readonly after?: Inputs;
  /** Names of the inputs that become others, secret ones among them. */
  readonly changed: readonly string[];
  /** Of one that is left or replaced: what there was stays where it is, such as a data volume. */
  readonly retained?: true;
}

/** Whether there is something outside of the engine for it: not so of components, providers and the stack itself. */
export function isReal(type: string): boolean {
  return !/^(pulumi|livekit):/.test(type);
}

export type Side = "before" | "after";

/** Those of a type, by the last part of its token. */
export function ofType(type: string, changes: readonly ResourceChange[]): ResourceChange[] {
  return changes.filter((change) => change.type.endsWith(`:${type}`));
}

/** Inputs of every resource of a type that there is before or after. */
export function inputsOf(type: string, changes: readonly ResourceChange[], side: Side): Inputs[] {
  return ofType(type, changes)
    .map((change) => change[side])
    .filter((inputs) => inputs !== undefined);
}

/** An input that is text; empty where it is none, or not known yet. */
export function text(inputs: Inputs | undefined, name: string): string {
  const value = inputs?.[name];
  return typeof value === "string" ? value : "";
}

/** How many resources an operation is for. */
export type Counts = Readonly<Record<Operation, number>>;

export function countOperations(changes: readonly ResourceChange[]): Counts {
  const count = (operation: Operation) => changes.filter((change) => change.operation === operation).length;
  return Object.fromEntries(operations.map((operation) => [operation, count(operation)])) as Counts;
}
