import type { Rule } from "./rule";

/** Lets something through that a rule forbids. */
export interface Waiver {
  readonly rule: string;
  /** The violation's own text, or what it looks like where a part of it differs from stack to stack. */
  readonly what: string | RegExp;
  /** Why it is right here, as a sentence without its full stop. */
  readonly reason: string;
}

/** Whether a waiver is for this violation. */
export function matches(waiver: Waiver, rule: string, what: string): boolean {
  if (waiver.rule !== rule) return false;
  return typeof waiver.what === "string" ? waiver.what === what : waiver.what.test(what);
}

export function isWaived(waivers: readonly Waiver[], rule: string, what: string): boolean {
  return waivers.some((waiver) => matches(waiver, rule, what));
}

/** Two words are no reason. */
const shortestReason = 20;

/** @throws Error naming each waiver that has no reason, or is of a rule that there is not */
export function refuseBadWaivers(rules: readonly Rule[], waivers: readonly Waiver[]): void {
  const names = new Set(rules.map(({ name }) => name));
  const errors = waivers.flatMap(({ rule, what, reason }) => [
    ...(names.has(rule) ? [] : [`${rule}: ${what}: there is no such rule`]),
    ...(reason.trim().length >= shortestReason ? [] : [`${rule}: ${what}: has no reason`]),
  ]);
  if (errors.length > 0) throw new Error(`policy/waivers.ts: ${errors.join("; ")}`);
}
