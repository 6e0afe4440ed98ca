import type { ResourceChange } from "./change";
import { headlines } from "./headlines";
import { type Impact, impactOf } from "./impact";

/** What a preview means. */
export interface ImpactSummary extends Impact {
  /** What matters most, in that order: plain sentences without their full stop. */
  readonly headlines: readonly string[];
}

/** Reads out of the changes of a preview what they mean to those who run the stack, and to those who call. */
export function summarizeImpact(changes: readonly ResourceChange[]): ImpactSummary {
  const impact = impactOf(changes);
  return { headlines: headlines(impact), ...impact };
}
