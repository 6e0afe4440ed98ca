import type { AwsNode, AwsPlan, AwsRegion } from "../../model/aws/plan";
import type { AwsOutputs } from "../../model/outputs";
import type { AwsCli } from "../aws/cli";
import { CheckFailure } from "./check";

/** A running stack on AWS, and everything that checks need to reach it from this machine. */
export interface AwsContext {
  readonly stack: string;
  readonly plan: AwsPlan;
  readonly outputs: AwsOutputs;
  readonly aws: AwsCli;
  /** The node's public address. @throws CheckFailure if the node has none */
  readonly addressOf: (node: AwsNode) => string;
  /** PEM of a private certificate authority (CA). */
  readonly ca?: string;
}

/** Returns an {@link AwsContext.addressOf} that reads the Elastic IPs found in the account. */
export function addressesOf(
  stack: string,
  found: Readonly<Record<string, { readonly address: string }>>,
): AwsContext["addressOf"] {
  return ({ name }) => {
    const address = found[name]?.address;
    if (address === undefined)
      throw new CheckFailure(`node ${name} has no address`, `Bring it up: pulumi up -s ${stack}`);
    return address;
  };
}

/** Returns the public addresses of a region's nodes. @throws CheckFailure if a node has none */
export function regionAddresses({ addressOf }: AwsContext, { nodes }: AwsRegion): string[] {
  return nodes.map(addressOf);
}

/** Reports whether the stack has a single node. The titles of its checks then omit the node's name. */
export function isSingle({ nodes }: Pick<AwsPlan, "nodes">): boolean {
  return nodes.length === 1;
}
