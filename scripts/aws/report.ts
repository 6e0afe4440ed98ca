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

/** Reads a node's latest report. Returns undefined if the node has not reported yet. */
export async function readReport(aws: AwsCli, bucket: string, node: string): Promise<NodeReport | undefined> {
  const content = await aws.object(bucket, `nodes/${node}/report`);
  return content === undefined ? undefined : parseReport(content);
}

/** Parses a report. Its first line is `<nonce> <status> <bundle or -> [<phase>]`. */
export function parseReport(content: string): NodeReport {
  const [head = "", ...rest] = content.trimEnd().split("\n");
  const [, status = "unknown", bundle, phase] = head.split(" ");
  return { status, ...(phase && { phase }), ...(bundle && bundle !== "-" && { bundle }), text: rest.join("\n") };
}
