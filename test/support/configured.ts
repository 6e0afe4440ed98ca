import type { RawConfig } from "../../model/settings/parse";

type Values = RawConfig["values"];

/** A stack's values after a `pulumi config` command, as Pulumi keeps them: what has members is JSON. */
export function configured(values: Values, args: readonly string[]): Values {
  const [verb, ...others] = args;
  const [key = "", value] = others.filter((arg) => !arg.startsWith("--"));
  const [name = "", ...path] = key
    .replace(/^livekit:/, "")
    .split(/[.[\]]+/)
    .filter(Boolean);
  if (path.length === 0)
    return verb === "rm" ? without(values, name) : { ...values, [name]: value ?? values[name] ?? "" };
  const root: unknown = JSON.parse(values[name] || "null");
  return { ...values, [name]: JSON.stringify(changed(root, path, verb === "rm" ? undefined : typed(value ?? ""))) };
}

function without(values: Values, name: string): Values {
  return Object.fromEntries(Object.entries(values).filter(([key]) => key !== name));
}

/** The value with one member changed, or taken away where it is undefined. */
function changed(of: unknown, [first = "", ...rest]: readonly string[], value: unknown): unknown {
  const isIndex = /^\d+$/.test(first);
  const members = (of ?? (isIndex ? [] : {})) as Record<string, unknown>;
  const member = rest.length > 0 ? changed(members[first], rest, value) : value;
  if (Array.isArray(members)) {
    return members.toSpliced(Number(first), 1, ...(member === undefined ? [] : [member]));
  }
  return { ...members, [first]: member };
}

/** Pulumi keeps numbers and booleans as such in what has members. */
function typed(text: string): unknown {
  return /^(\d+|true|false)$/.test(text) ? JSON.parse(text) : text;
}
