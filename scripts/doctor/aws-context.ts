import type { AwsNode, AwsPlan, AwsRegion } from "../../model/aws/plan";
import type { AwsOutputs } from "../../model/outputs";
import type { AwsCli } from "../aws/cli";
import { CheckFailure } from "./check";

/** A stack on AWS that is up, as it is seen from this machine. */
export interface AwsContext {
  readonly stack: string;
  readonly plan: AwsPlan;
  readonly outputs: AwsOutputs;
  readonly aws: AwsCli;
  /** The node's public address. @throws Ailment where it has none */
  readonly addressOf: (node: AwsNode) => string;
  /** PEM of a private certificate authority. */
  readonly ca?: string;
}

/** As {@link AwsContext.addressOf}, by the account's addresses. */
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

/** The public addresses of a region's nodes. @throws Ailment where one has none */
export function regionAddresses({ addressOf }: AwsContext, { nodes }: AwsRegion): string[] {
  return nodes.map(addressOf);
}

/** Whether there is a node that a title needs no name for. */
export function isSingle({ nodes }: Pick<AwsPlan, "nodes">): boolean {
  return nodes.length === 1;
}
