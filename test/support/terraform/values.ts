import { type Properties, unknownValue } from "../../../packages/provider-kit/values";

/** The schema of a resource, or of a block in it. */
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
  /** JSON: `"string"`, `["list","string"]`. */
  readonly type: Buffer;
  readonly computed: boolean;
}

/** What a program gives: every attribute by Terraform's name, null where it is not given, and every block as a list. */
export function toConfig(block: Block, properties: object): Properties {
  const given = new Map(Object.entries(properties).map(([name, value]) => [terraformName(block, name), value]));
  return Object.fromEntries([
    ...block.attributes.map(({ name }) => [name, given.get(name) ?? null]),
    ...block.block_types.map((nested) => [nested.type_name, toBlocks(nested, given.get(nested.type_name))]),
  ]);
}

/** A list also where Pulumi has one object: Terraform allows at most one of some blocks. */
function toBlocks({ block, nesting }: NestedBlock, value: unknown): unknown {
  if (value === undefined) return nesting === "SINGLE" ? null : [];
  if (value === unknownValue) return value;
  return [value].flat().map((each) => (each === unknownValue ? each : toConfig(block, each as object)));
}

/** The state of a resource that was made of these properties; of computed attributes that it was not given, the zero value. */
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

/** As Terraform merges them: what is computed and not given stays as it is. Source: its `objchange/objchange.go`. */
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

/** Pulumi's names are in camel case, and those of lists in the plural. */
export function terraformName(block: Block, name: string): string {
  const names = [...block.attributes.map(({ name }) => name), ...block.block_types.map(({ type_name }) => type_name)];
  const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const found = [snake, snake.replace(/s$/, "")].find((each) => names.includes(each));
  if (found === undefined) throw new Error(`the provider has no ${snake}`);
  return found;
}
