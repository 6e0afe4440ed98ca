import type { ResourceChange } from "./change";
import { headlines } from "./headlines";
import { type Impact, impactOf } from "./impact";

/** The impact of a preview. */
export interface ImpactSummary extends Impact {
  /** The most important changes first, as plain sentences without full stops. */
  readonly headlines: readonly string[];
}

/** Summarizes what the changes of a preview mean for the operator and for callers. */
export function summarizeImpact(changes: readonly ResourceChange[]): ImpactSummary {
  const impact = impactOf(changes);
  return { headlines: headlines(impact), ...impact };
}
