import type { ResourceChange } from "../../model/preview/change";
import { compare, type GoldenResource } from "../../scripts/preview/golden";
import { type ImpactSummary, summarizeImpact } from "../../scripts/preview/impact-summary";
import { previewOf, renderMarkdown, renderText } from "../../scripts/preview/report";

export interface PreviewedPullRequest {
  readonly impact: ImpactSummary;
  /** Lines of the comment below its title. */
  readonly lines: readonly string[];
  /** All text that the preview prints, in all formats. */
  readonly printed: string;
}

/** Renders the preview of these changes. */
export function previewed(changes: readonly ResourceChange[]): PreviewedPullRequest {
  const impact = summarizeImpact(changes);
  const preview = previewOf("prod", "a pull request", changes, impact);
  const comment = renderMarkdown([preview], "prod");
  return {
    impact,
    lines: comment.split("\n").slice(2),
    printed: [comment, renderText([preview]), JSON.stringify(preview)].join("\n"),
  };
}

/** Renders a pull request's preview from the stack's resources before and after it. */
export function pullRequest(before: readonly GoldenResource[], after: readonly GoldenResource[]): PreviewedPullRequest {
  return previewed(compare(before, after));
}
