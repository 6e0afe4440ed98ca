import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { Properties } from "./values";
import { canonical, hasUnknown, unknownValue } from "./values";

/** What a resource's operation may use of the plugin that runs it. */
export interface Call {
  readonly urn: string;
  /** The resource's name in the program. */
  readonly name: string;
  /** Aborted when the user interrupts the engine or the resource's custom timeout ends. */
  readonly signal: AbortSignal;
  /** Shows a line beside the resource while it is worked on. Never give it a secret. */
  readonly log: (line: string) => void;
}

export type Inputs<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>;

/** One resource type: what it takes, what makes it a new one, and how it is made, read, changed and removed. */
export interface ResourceType<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly token: string;
  /** A schema for each input. Objects in it are strict, so that what isn't implemented is refused by name. */
  readonly inputs: Shape;
  /** Inputs that can't change on an existing resource. */
  readonly replaceOn: readonly (keyof Shape & string)[];
  /** Inputs of which some changes alone need a new resource. Either value may not be known yet. */
  readonly replaceIf?: Readonly<Partial<Record<keyof Shape & string, (was: unknown, is: unknown) => boolean>>>;
  /** Inputs that stay as they are when the program leaves them out, instead of going back to a default. */
  readonly keptWhenLeftOut?: readonly (keyof Shape & string)[];
  /** Inputs that stay as they are when nothing of their value is known yet: sets that are optional and computed. */
  readonly keptWhenUnknown?: readonly (keyof Shape & string)[];
  /** Keys, at any depth, whose lists have no order. */
  readonly unordered?: readonly string[];
  /** Whether a replacement can't live beside what it replaces, e.g. because of its name. */
  readonly deleteBeforeReplace?: boolean;
  /** Outputs that are known only once the resource is made. */
  readonly computed: readonly string[];
  /** Outputs that an update may change. */
  readonly computedByUpdate?: readonly string[];
  /** The input that gets a name of its own where the program gives none: the resource's, and seven random hex digits. */
  readonly autoName?: keyof Shape & string;
  /** Inputs that follow from others, or from the provider's configuration. */
  complete?(inputs: Properties): Properties;
  /** Faults between inputs, each of which is right by itself. Called when all of them are known. */
  validate?(inputs: Inputs<Shape>): readonly string[];
  create(inputs: Inputs<Shape>, call: Call): Promise<{ id: string; outputs: Properties }>;
  /** Nothing when the resource is gone. `state` is empty on import. Absent: the state stands for the resource. */
  read?(id: string, state: Properties, call: Call): Promise<{ id: string; outputs: Properties } | undefined>;
  /** Absent where every input is in `replaceOn`, or only the state keeps the rest. */
  update?(id: string, inputs: Inputs<Shape>, state: Properties, call: Call): Promise<Properties>;
  delete(id: string, state: Properties, call: Call): Promise<void>;
}

/** A type with its shape inferred, as a plugin's table of types holds it. */
export function defineType<Shape extends z.ZodRawShape>(type: ResourceType<Shape>): ResourceType {
  return type as unknown as ResourceType;
}

/**
 * The inputs with defaults applied, and every fault found. An input that isn't known yet is passed on as it is: it is
 * judged when it is known.
 *
 * @param official how to name the official plugin, which implements the rest, e.g. `docker 5.2.0`
 * @param named the resource's name in the program, and its inputs of before
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

/** A name that is not known yet would change with each preview: the one of before is kept. */
function autoName(input: string, { name, olds }: { readonly name: string; readonly olds: Properties }): unknown {
  return olds[input] ?? `${name}-${randomBytes(4).toString("hex").slice(1)}`;
}

function describe(issue: z.core.$ZodIssue, property: string, token: string, official: string): string[] {
  const path = [property, ...issue.path].map(String).join(".");
  if (issue.code !== "unrecognized_keys") return [`${path}: ${issue.message}`];
  return issue.keys.map((key) => notImplemented(`${path}.${key} of ${token}`, official));
}

/** The refusal of what only the official plugin may know. */
export function notImplemented(what: string, official: string): string {
  return `${what} is not implemented by the stand-in plugin. The official one may know it: pulumi plugin install resource ${official}`;
}

export interface Change {
  readonly property: string;
  readonly kind: "add" | "delete" | "update";
  readonly replaces: boolean;
}

/** What changed between two sets of inputs, by input. */
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

/** Terraform takes an empty text for one that is not given, and an empty list of blocks. `false`, `0` and `[]` are values. */
function isLeftOut(given: unknown, was: unknown): boolean {
  return (given ?? "") === "" || (Array.isArray(was) && typeof was[0] === "object");
}

/** Old inputs as today's schema has them: what another plugin, or an older schema, left out gets its default. */
function withDefaults(type: ResourceType, olds: Properties): Properties {
  const members = Object.entries(type.inputs).map(([property, schema]) => {
    const parsed = (schema as z.ZodType).safeParse(olds[property] ?? undefined);
    return [property, parsed.success ? parsed.data : olds[property]] as const;
  });
  return Object.fromEntries(members);
}

/** The outputs that a preview can promise: the inputs, and placeholders for what only the real operation tells. */
export function previewOutputs(inputs: Properties, computed: readonly string[], state: Properties = {}): Properties {
  const unknowns = Object.fromEntries(
    computed.filter((name) => inputs[name] === undefined).map((name) => [name, unknownValue]),
  );
  return { ...state, ...inputs, ...unknowns };
}

/**
 * The inputs that would describe what was read: those given, each as it was found, and for an import those that say
 * more than a default does.
 */
export function inputsAsRead(type: ResourceType, given: Properties, outputs: Properties): Properties {
  const unordered = new Set(type.unordered);
  const [wanted, found] = [canonical(given, unordered), canonical(outputs, unordered)] as [Properties, Properties];
  const source = Object.keys(given).length === 0 ? found : given;
  const names = Object.keys(type.inputs).filter((name) => name in source);
  const asFound = (name: string) => (isDeepStrictEqual(wanted[name], found[name]) ? given[name] : outputs[name]);
  return Object.fromEntries(names.map((name) => [name, asFound(name)]));
}
