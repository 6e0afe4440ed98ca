import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** A resource's properties as plain data. */
export type Properties = Record<string, unknown>;

/**
 * Placeholder that the engine sends and expects for values that are unknown until the update.
 * Source: `UnknownStringValue` of pulumi's `sdk/go/common/resource/plugin/rpc.go`.
 */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Reports whether the value is, or contains, an unknown value. */
export function hasUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

/** Decodes properties, without the bookkeeping keys (`__defaults`, `__meta`) of bridged plugins. */
export function decode(struct: Struct | undefined): Properties {
  return withoutBookkeeping(struct?.toJavaScript() ?? {}) as Properties;
}

/** Encodes properties. Leaves out undefined members, because the format can't represent them. */
export function encode(properties: Properties): Struct {
  return Struct.fromJavaScript(withoutUndefined(properties) as Record<string, JavaScriptValue>);
}

/**
 * Returns a canonical form in which equivalent values are equal: members sorted, zero values removed, and lists under
 * an unordered key sorted. Bridged plugins can't distinguish zero values (`false`, `0`, `""`, `[]`, `{}`) from absent
 * ones.
 */
export function canonical(value: unknown, unordered: ReadonlySet<string>, key = ""): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => canonical(item, unordered));
    return unordered.has(key) ? items.sort(byText) : items;
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([name, member]) => [name, canonical(member, unordered, name)] as const);
    return Object.fromEntries(members.filter(([, member]) => !isZero(member)).sort(byText));
  }
  return value;
}

/** Reports whether a bridged plugin can't distinguish the value from an absent one. */
function isZero(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === false || value === 0 || value === "";
}

function byText(left: unknown, right: unknown): number {
  const [a, b] = [JSON.stringify(left) ?? "", JSON.stringify(right) ?? ""];
  return a < b ? -1 : Number(a > b);
}

function withoutBookkeeping(value: unknown): unknown {
  return mapMembers(value, withoutBookkeeping, (name) => !name.startsWith("__"));
}

function withoutUndefined(value: unknown): unknown {
  return mapMembers(value, withoutUndefined, (_, member) => member !== undefined);
}

function mapMembers(
  value: unknown,
  map: (member: unknown) => unknown,
  keep: (name: string, member: unknown) => boolean,
): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([name, member]) => keep(name, member));
  return Object.fromEntries(kept.map(([name, member]) => [name, map(member)]));
}
