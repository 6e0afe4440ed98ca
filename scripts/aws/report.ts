import type { AwsCli } from "./cli";

/** The status that a node reports about itself. */
export interface NodeReport {
  readonly status: string;
  /** Current step of a node with the status `working`, such as `draining`. Undefined for agents of earlier versions. */
  readonly phase?: string;
  /** SHA-256 of the applied configuration bundle. Undefined before the node has applied one. */
  readonly bundle?: string;
  /** Explanation of the status for the operator. */
  readonly text: string;
}

/** Length of the longest report that is read. A node's own reports are far shorter. `request.sh` has the same limit. */
export const mostReportCharacters = 65_536;

/** Reads a node's latest report. Returns undefined if the node has not reported yet. */
export async function readReport(aws: AwsCli, bucket: string, node: string): Promise<NodeReport | undefined> {
  const key = `nodes/${node}/report`;
  const content = await aws.object(bucket, key, mostReportCharacters);
  if (content === undefined) return undefined;
  if (content.length < mostReportCharacters) return parseReport(content);
  return { status: "unreadable", text: `s3://${bucket}/${key} has ${mostReportCharacters} characters or more` };
}

/** Parses a report. Its first line is `<nonce> <status> <bundle or -> [<phase>]`. */
export function parseReport(content: string): NodeReport {
  const [head = "", ...rest] = content.trimEnd().split("\n");
  const [, status = "unknown", bundle, phase] = head.split(" ");
  return { status, ...(phase && { phase }), ...(bundle && bundle !== "-" && { bundle }), text: rest.join("\n") };
}
