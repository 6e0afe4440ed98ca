import type { AwsCli } from "./cli";

/** What a node says of itself. */
export interface NodeReport {
  readonly status: string;
  /** SHA-256 of the bundle in force; undefined before the first. */
  readonly bundle?: string;
  /** For people. */
  readonly text: string;
}

/** A node's latest report, undefined where it has made none. */
export async function readReport(aws: AwsCli, bucket: string, node: string): Promise<NodeReport | undefined> {
  const content = await aws.object(bucket, `nodes/${node}/report`);
  return content === undefined ? undefined : parseReport(content);
}

/** The first line is `<nonce> <status> <bundle or ->`. */
export function parseReport(content: string): NodeReport {
  const [head = "", ...rest] = content.trimEnd().split("\n");
  const [, status = "unknown", bundle] = head.split(" ");
  return { status, ...(bundle && bundle !== "-" && { bundle }), text: rest.join("\n") };
}
