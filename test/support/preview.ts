import type { ResourceChange } from "../../model/preview/change";
import { type ImpactSummary, summarizeImpact } from "../../model/preview/impact-summary";
import { compare, type GoldenResource } from "../../scripts/preview/golden";
import { previewOf, renderMarkdown, renderText } from "../../scripts/preview/report";

export interface PreviewedPullRequest {
  readonly impact: ImpactSummary;
  /** The comment's lines below its title. */
  readonly lines: readonly string[];
  /** All that is ever printed of it. */
  readonly printed: string;
}

/** The preview of these changes. */
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

/** The preview of a pull request, by what the stack's resources are before and after it. */
export function pullRequest(before: readonly GoldenResource[], after: readonly GoldenResource[]): PreviewedPullRequest {
  return previewed(compare(before, after));
}
