import { z } from "zod";

/**
 * An IAM policy as JSON text, normalized so that equivalent policies become equal: sorts members and lists of strings,
 * turns a list of one string into that string, and removes whitespace.
 */
export const policyText = z.string().transform((text, context) => {
  try {
    return normalPolicy(text);
  } catch {
    context.addIssue({ code: "custom", message: "contains an invalid JSON policy" });
    return z.NEVER;
  }
});

/** @throws SyntaxError if the text is not JSON */
export function normalPolicy(text: string): string {
  return JSON.stringify(normal(JSON.parse(text)));
}

function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.every((item) => typeof item === "string") ? texts(value) : value.map(normal);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, normal(member)] as const);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function texts(list: readonly string[]): unknown {
  const sorted = [...new Set(list)].sort();
  return sorted.length === 1 ? sorted[0] : sorted;
}
