import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { Properties } from "./values";
import { canonical, hasUnknown, unknownValue } from "./values";

/** Context of a resource operation. */
export interface Call {
  readonly urn: string;
  /** The resource's name in the program. */
  readonly name: string;
  /** Aborted when the user interrupts the engine or the resource's custom timeout ends. */
  readonly signal: AbortSignal;
  /** Shows a line beside the resource during the operation. Never pass a secret. */
  readonly log: (line: string) => void;
}

export type Inputs<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>;

/**
 * A resource type: its inputs, the changes that require replacement, and the functions that create, read, update and
 * delete a resource.
 */
export interface ResourceType<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly token: string;
  /** A schema for each input. Objects in it are strict, so that errors name inputs that aren't implemented. */
  readonly inputs: Shape;
  /** Inputs that can't change on an existing resource. */
  readonly replaceOn: readonly (keyof Shape & string)[];
  /**
   * Functions for inputs of which only some changes require replacement. Each gets the old and the new value, and
   * either may be unknown.
   */
  readonly replaceIf?: Readonly<Partial<Record<keyof Shape & string, (was: unknown, is: unknown) => boolean>>>;
  /** Inputs that keep their value when the program leaves them out, instead of returning to a default. */
  readonly keptWhenLeftOut?: readonly (keyof Shape & string)[];
  /** Inputs that keep their value when the new one is entirely unknown: optional and computed sets. */
  readonly keptWhenUnknown?: readonly (keyof Shape & string)[];
  /** Keys, at any depth, whose lists are unordered. */
  readonly unordered?: readonly string[];
  /** Whether a replacement can't exist beside the old resource, e.g. because of its name. */
  readonly deleteBeforeReplace?: boolean;
  /** Outputs that are known only after the resource is created. */
  readonly computed: readonly string[];
  /** Outputs that an update may change. */
  readonly computedByUpdate?: readonly string[];
  /** The input that gets a generated name if the program sets none: the resource's name and seven random hex digits. */
  readonly autoName?: keyof Shape & string;
  /** Derives inputs from others, or from the provider's configuration. */
  complete?(inputs: Properties): Properties;
  /** Returns errors across inputs that are valid individually. Called when all inputs are known. */
  validate?(inputs: Inputs<Shape>): readonly string[];
  create(inputs: Inputs<Shape>, call: Call): Promise<{ id: string; outputs: Properties }>;
  /**
   * Returns undefined if the resource doesn't exist. `state` is empty on import. A type without `read` returns the
   * stored state.
   */
  read?(id: string, state: Properties, call: Call): Promise<{ id: string; outputs: Properties } | undefined>;
  /** Absent if every input is in `replaceOn`, or if the other inputs are only stored in the state. */
  update?(id: string, inputs: Inputs<Shape>, state: Properties, call: Call): Promise<Properties>;
  delete(id: string, state: Properties, call: Call): Promise<void>;
}

/**
 * Returns a resource type without the shape of its inputs, as plugins store it. At compile time, TypeScript first
 * checks the type against this shape.
 */
export function defineType<Shape extends z.ZodRawShape>(type: ResourceType<Shape>): ResourceType {
  return type as unknown as ResourceType;
}

/**
 * Applies defaults and returns all errors. Unknown inputs pass unchanged and are validated once they are known.
 *
 * @param official name and version of the official plugin, which may support inputs that this type lacks, e.g. `docker
 * 5.2.0`
 * @param named the resource's name in the program, and its previous inputs
 */
export function check(
  type: ResourceType,
  news: Properties,
  official: string,
  named: { readonly name: string; readonly olds: Properties } = { name: "", olds: {} },
): { inputs: Properties; failures: string[] } {
  const inputs: Properties = {};
  const failures: string[] = [];
  const given = { ...(type.autoName && { [type.autoName]: autoName(type.autoName, named) }), ...news };
  for (const property of Object.keys(given)) {
    if (!(property in type.inputs)) failures.push(notImplemented(`${property} of ${type.token}`, official));
  }
  for (const [property, schema] of Object.entries(type.inputs)) {
    const value = given[property] ?? undefined;
    if (hasUnknown(value)) {
      inputs[property] = value;
      continue;
    }
    const parsed = (schema as z.ZodType).safeParse(value);
    if (parsed.success) inputs[property] = parsed.data;
    else failures.push(...parsed.error.issues.flatMap((issue) => describe(issue, property, type.token, official)));
  }
  Object.assign(inputs, type.complete?.(inputs));
  if (failures.length === 0 && !hasUnknown(inputs)) failures.push(...(type.validate?.(inputs) ?? []));
  return { inputs, failures };
}

/** Generates a name if the previous inputs have none: a newly generated name would differ in each preview. */
function autoName(input: string, { name, olds }: { readonly name: string; readonly olds: Properties }): unknown {
  return olds[input] ?? `${name}-${randomBytes(4).toString("hex").slice(1)}`;
}

function describe(issue: z.core.$ZodIssue, property: string, token: string, official: string): string[] {
  const path = [property, ...issue.path].map(String).join(".");
  if (issue.code !== "unrecognized_keys") return [`${path}: ${issue.message}`];
  return issue.keys.map((key) => notImplemented(`${path}.${key} of ${token}`, official));
}

/** Returns the error for features that only the official plugin may support. */
export function notImplemented(what: string, official: string): string {
  return `${what} is not implemented by the fallback provider. The official plugin may support it: pulumi plugin install resource ${official}`;
}

export interface Change {
  readonly property: string;
  readonly kind: "add" | "delete" | "update";
  readonly replaces: boolean;
}

/** Compares two sets of inputs and returns the changes by input. */
export function diff(type: ResourceType, olds: Properties, news: Properties): Change[] {
  const unordered = new Set(type.unordered);
  const before = canonical(withDefaults(type, olds), unordered) as Properties;
  const after = canonical(news, unordered) as Properties;
  return Object.keys(type.inputs).flatMap((property): Change[] => {
    const [was, is] = [before[property], after[property]];
    if (isDeepStrictEqual(was, is) && !hasUnknown(is)) return [];
    if (is === undefined && type.keptWhenLeftOut?.includes(property) && isLeftOut(news[property], was)) return [];
    if (is === unknownValue && was !== undefined && type.keptWhenUnknown?.includes(property)) return [];
    const kind = was === undefined ? "add" : is === undefined ? "delete" : "update";
    const replaces = type.replaceOn.includes(property) || (type.replaceIf?.[property]?.(was, is) ?? false);
    return [{ property, kind, replaces }];
  });
}

/**
 * Reports whether Terraform treats the input as not set: an empty string, or an empty list of blocks. `false`, `0` and
 * `[]` are values.
 */
function isLeftOut(given: unknown, was: unknown): boolean {
  return (given ?? "") === "" || (Array.isArray(was) && typeof was[0] === "object");
}

/** Returns old inputs with the current schema's defaults for those that another plugin or an older schema left out. */
function withDefaults(type: ResourceType, olds: Properties): Properties {
  const members = Object.entries(type.inputs).map(([property, schema]) => {
    const parsed = (schema as z.ZodType).safeParse(olds[property] ?? undefined);
    return [property, parsed.success ? parsed.data : olds[property]] as const;
  });
  return Object.fromEntries(members);
}

/** Returns the outputs of a preview: the inputs, and placeholders for values that only the real operation returns. */
export function previewOutputs(inputs: Properties, computed: readonly string[], state: Properties = {}): Properties {
  const unknowns = Object.fromEntries(
    computed.filter((name) => inputs[name] === undefined).map((name) => [name, unknownValue]),
  );
  return { ...state, ...inputs, ...unknowns };
}

/**
 * Returns the inputs of a resource after a read: each given input with the value that the read found. On import,
 * returns all inputs that aren't zero values.
 */
export function inputsAsRead(type: ResourceType, given: Properties, outputs: Properties): Properties {
  const unordered = new Set(type.unordered);
  const [wanted, found] = [canonical(given, unordered), canonical(outputs, unordered)] as [Properties, Properties];
  const source = Object.keys(given).length === 0 ? found : given;
  const names = Object.keys(type.inputs).filter((name) => name in source);
  const asFound = (name: string) => (isDeepStrictEqual(wanted[name], found[name]) ? given[name] : outputs[name]);
  return Object.fromEntries(names.map((name) => [name, asFound(name)]));
}
