import { isDeepStrictEqual } from "node:util";
import { type Properties, unknownValue } from "../../../provider-kit/values";

/** One change of a resource's properties. */
export interface SampleChange {
  /** @example "labels[0].value unknown" */
  readonly title: string;
  readonly property: string;
  readonly olds: Properties;
  readonly news: Properties;
}

/**
 * Returns changes of each property (added, removed, unknown) and of each value in it (another value, zero, unknown).
 * @param required properties that the program always sets
 */
export function changesOf(sample: Properties, required: readonly string[]): SampleChange[] {
  return Object.entries(sample).flatMap(([property, value]) => {
    const { [property]: _, ...without } = sample;
    const change = (title: string, news: Properties, olds = sample) => ({ title, property, olds, news });
    const optional = required.includes(property)
      ? []
      : [
          change(`${property} removed`, without),
          change(`${property} added`, sample, without),
          change(`${property} added unknown`, { ...without, [property]: unknownValue }, without),
        ];
    const within = variants(value).map(([path, is]) => change(`${property}${path}`, { ...sample, [property]: is }));
    return [...optional, ...within];
  });
}

/** Returns every change of a value, with the path of the change. */
function variants(value: unknown): [path: string, value: unknown][] {
  const unknown: [string, unknown] = [" unknown", unknownValue];
  if (Array.isArray(value)) {
    const reversed = [...value].reverse();
    return [
      unknown,
      [" empty", []],
      ...(isDeepStrictEqual(reversed, value) ? [] : [[" reordered", reversed] as [string, unknown]]),
      ...(value.length > 1 ? [[" shorter", value.slice(1)] as [string, unknown]] : []),
      ...value.flatMap((each, i) =>
        variants(each).map(([path, is]): [string, unknown] => [`[${i}]${path}`, value.with(i, is)]),
      ),
    ];
  }
  if (typeof value !== "object" || value === null) return [unknown, [" other", other(value)], [" zero", zero(value)]];
  const members = Object.entries(value).flatMap(([name, member]) =>
    variants(member).map(([path, is]): [string, unknown] => [`.${name}${path}`, { ...value, [name]: is }]),
  );
  return [unknown, ...members];
}

function zero(value: unknown): unknown {
  if (typeof value === "number") return 0;
  return typeof value === "boolean" ? false : "";
}

function other(value: unknown): unknown {
  if (typeof value === "number") return value + 1;
  return typeof value === "boolean" ? !value : `${value}2`;
}
