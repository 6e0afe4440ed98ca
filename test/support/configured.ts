import type { RawConfig } from "../../model/settings/parse";

type Values = RawConfig["values"];
type Path = readonly (string | number)[];

/**
 * Returns a stack's values after `pulumi config set` or `rm`, as the engine passes them: objects and arrays are JSON.
 * It behaves like Pulumi 3.259 (`Map.Set`, `object.Delete` and `coerce` in sdk/go/common/resource/config).
 * test/integration/tools/config-commands.test.ts compares it with the command.
 * @param args arguments after `pulumi config`; a value that the command would prompt for stays unchanged
 * @throws Error if the command would fail
 */
export function configured(values: Values, args: readonly string[]): Values {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const [verb, ...before] = args.slice(0, end).filter((arg, i) => arg !== "-s" && args[i - 1] !== "-s");
  const [key = "", value] = [...before.filter((arg) => !arg.startsWith("--")), ...args.slice(end + 1)];
  const own = key.replace(/^livekit:/, "");
  const [name = "", ...path] = before.includes("--path") ? pathOf(own) : [own];
  if (path.length === 0)
    return verb === "rm" ? without(values, name) : { ...values, [name]: value ?? values[name] ?? "" };
  const root = containerOf(values[`${name}`]);
  if (verb === "rm") return root === undefined ? values : { ...values, [name]: JSON.stringify(removed(root, path)) };
  return { ...values, [name]: JSON.stringify(changed(root, path, typed(value ?? ""))) };
}

/** Parses `a.b`, `a[0]` and `a["b c"]`. */
function pathOf(text: string): Path {
  const parts = [...text.matchAll(/\.?([^.[\]]+)|\[(\d+)\]|\["((?:\\"|[^"])*)"\]/g)];
  if (parts.map(([part]) => part).join("") !== text) throw new Error(`${text} is not a configuration path`);
  return parts.map(([, name, index, quoted]) =>
    index === undefined ? (name ?? `${quoted}`.replaceAll('\\"', '"')) : Number(index),
  );
}

function without<Members extends object>(members: Members, name: string | number): Members {
  return Object.fromEntries(Object.entries(members).filter(([key]) => key !== `${name}`)) as Members;
}

/** Parses an object or array. Returns undefined for a scalar, which a new object or array replaces. */
function containerOf(text: string | undefined): object | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function changed(of: unknown, [first, ...rest]: Path, value: unknown): unknown {
  if (first === undefined) return value;
  if (typeof first === "number") {
    const items: readonly unknown[] = (of as unknown[] | undefined) ?? Array(first + 1).fill(null);
    if (!Array.isArray(items)) throw new Error(`[${first}]: key for a map must be a string`);
    if (first > items.length) throw new Error(`[${first}]: array index out of range`);
    return Object.assign([...items], { [first]: changed(items[first] ?? undefined, rest, value) });
  }
  if (typeof of === "object" && !Array.isArray(of)) {
    return { ...of, [first]: changed((of as Record<string, unknown>)?.[first] ?? undefined, rest, value) };
  }
  if (of !== undefined) throw new Error(`${first}: expected a map`);
  return { [first]: changed(undefined, rest, value) };
}

function removed(of: unknown, [first = "", ...rest]: Path): unknown {
  if (typeof of !== "object" || of === null || !Object.hasOwn(of, first)) return of;
  if (rest.length > 0) return Object.assign(of, { [first]: removed((of as Values)[first], rest) });
  return Array.isArray(of) ? of.toSpliced(Number(first), 1) : without(of, first);
}

/** Converts a value as Pulumi does: digits without a leading zero are a number. */
function typed(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  const isNumber = /^[+-]?\d+$/.test(text) && !/^0./.test(text) && Math.abs(Number(text)) < 2 ** 64;
  return isNumber ? Number(text) : text;
}
