import { type Properties, unknownValue } from "../../../provider-kit/values";

/** The schema of a resource or of a nested block. */
export interface Block {
  readonly attributes: readonly Attribute[];
  readonly block_types: readonly NestedBlock[];
}

interface NestedBlock {
  readonly type_name: string;
  readonly block: Block;
  readonly nesting: "SINGLE" | "LIST" | "SET";
}

interface Attribute {
  readonly name: string;
  /** Type in JSON: `"string"`, `["list","string"]`. */
  readonly type: Buffer;
  readonly computed: boolean;
}

/**
 * Converts a program's properties to a Terraform configuration: attributes have their Terraform name and are null if
 * not set; every block is a list.
 */
export function toConfig(block: Block, properties: object): Properties {
  const given = new Map(Object.entries(properties).map(([name, value]) => [terraformName(block, name), value]));
  return Object.fromEntries([
    ...block.attributes.map(({ name }) => [name, given.get(name) ?? null]),
    ...block.block_types.map((nested) => [nested.type_name, toBlocks(nested, given.get(nested.type_name))]),
  ]);
}

/** Converts blocks to a list. Pulumi has one object where Terraform allows at most one block. */
function toBlocks({ block, nesting }: NestedBlock, value: unknown): unknown {
  if (value === undefined) return nesting === "SINGLE" ? null : [];
  if (value === unknownValue) return value;
  return [value].flat().map((each) => (each === unknownValue ? each : toConfig(block, each as object)));
}

/**
 * Returns the state of a resource created with these properties. Computed attributes that are not set get the zero
 * value.
 */
export function toState(block: Block, properties: object): Properties {
  const config = toConfig(block, properties);
  const computed = block.attributes.filter(({ name, computed }) => computed && config[name] === null);
  return { ...config, ...Object.fromEntries(computed.map(({ name, type }) => [name, zeroOf(type)])), id: "id" };
}

function zeroOf(type: Buffer): unknown {
  return (
    new Map<unknown, unknown>([
      ["string", ""],
      ["number", 0],
      ["bool", false],
    ]).get(JSON.parse(type.toString())) ?? (type.includes("map") ? {} : [])
  );
}

/**
 * Merges a configuration into the state as Terraform does: a computed attribute that is not set keeps its value.
 * Source: Terraform's `objchange/objchange.go`.
 */
export function proposedState(block: Block, state: Properties, config: Properties): Properties {
  const kept = block.attributes.filter(({ name, computed }) => computed && config[name] === null);
  const blocks = block.block_types.map(({ type_name, block }) => {
    const [was, is] = [state[type_name], config[type_name]];
    if (!Array.isArray(was) || !Array.isArray(is)) return [type_name, is];
    const merge = (each: Properties | string, i: number) =>
      typeof each === "string" || !was[i] ? each : proposedState(block, was[i], each);
    return [type_name, is.map(merge)];
  });
  return {
    ...config,
    ...Object.fromEntries(blocks),
    ...Object.fromEntries(kept.map(({ name }) => [name, state[name] ?? null])),
  };
}

/** Returns a property's Terraform name: Pulumi uses camel case, and plurals for lists. */
export function terraformName(block: Block, name: string): string {
  const names = [...block.attributes.map(({ name }) => name), ...block.block_types.map(({ type_name }) => type_name)];
  const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const found = [snake, snake.replace(/s$/, "")].find((each) => names.includes(each));
  if (found === undefined) throw new Error(`the resource type has no attribute or block ${snake}`);
  return found;
}
