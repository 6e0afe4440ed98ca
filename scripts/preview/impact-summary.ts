import type { ResourceChange } from "../../model/preview/change";
import { type Impact, impactOf } from "../../model/preview/impact";
import { type DescribedRisk, describeRisk } from "./calls";
import { headlines } from "./headlines";

/** The impact of a preview, in words. */
export interface ImpactSummary extends Impact {
  /** The most important changes first, as plain sentences without full stops. */
  readonly headlines: readonly string[];
  readonly calls: readonly DescribedRisk[];
}

/** Summarizes what the changes of a preview mean for the operator and for callers. */
export function summarizeImpact(changes: readonly ResourceChange[]): ImpactSummary {
  const impact = impactOf(changes);
  const calls = impact.calls.map(describeRisk);
  return { headlines: headlines(impact, calls), ...impact, calls };
}
