import type { Rule } from "./rule";

/** Allows one violation of a rule. */
export interface Waiver {
  readonly rule: string;
  /** The text of the violation to allow, or a pattern if the text differs between stacks. */
  readonly what: string | RegExp;
  /** Why the violation is acceptable, as a sentence without its full stop. */
  readonly reason: string;
}

/** Reports whether a waiver covers this violation. */
export function matches(waiver: Waiver, rule: string, what: string): boolean {
  if (waiver.rule !== rule) return false;
  return typeof waiver.what === "string" ? waiver.what === what : waiver.what.test(what);
}

export function isWaived(waivers: readonly Waiver[], rule: string, what: string): boolean {
  return waivers.some((waiver) => matches(waiver, rule, what));
}

/** Minimum length of a reason in characters, because a word or two explain nothing. */
const shortestReason = 20;

/** Validates the waivers. @throws Error that names each waiver without a reason or for an unknown rule */
export function rejectInvalidWaivers(rules: readonly Rule[], waivers: readonly Waiver[]): void {
  const names = new Set(rules.map(({ name }) => name));
  const errors = waivers.flatMap(({ rule, what, reason }) => [
    ...(names.has(rule) ? [] : [`${rule}: ${what}: there is no such rule`]),
    ...(reason.trim().length >= shortestReason ? [] : [`${rule}: ${what}: has no reason`]),
  ]);
  if (errors.length > 0) throw new Error(`policy/waivers.ts: ${errors.join("; ")}`);
}
