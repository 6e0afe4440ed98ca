import { lookup } from "node:dns/promises";
import { balancerName } from "../../model/aws/account-names";
import type { AwsRegion } from "../../model/aws/plan";
import { type AwsContext, regionAddresses } from "./aws-context";
import { type Check, CheckFailure } from "./check";

/** IPv4 addresses that a name stands for here. @throws where it stands for none */
export type Resolve = (name: string) => Promise<readonly string[]>;

const resolve: Resolve = async (name) => (await lookup(name, { family: 4, all: true })).map(({ address }) => address);

/** What a name has to stand for: all of one of these sets, or some of one of them. */
interface Expected {
  readonly oneOf: readonly (readonly string[])[];
  /** Names of an entry leave out what is not healthy, and a weighted one shows one address at a time. */
  readonly partly?: true;
}

/**
 * Every name of the stack: each node's stands for its address, `turn.<domain>` for all nodes of one region, and
 * `livekit.<domain>` for the one node, or what is in the entry of one region: nodes, or a load balancer's own addresses.
 */
export function nameChecks(context: AwsContext, ask: Resolve = resolve): Check[] {
  const { stack, plan } = context;
  const nodesOf = () => plan.regions.map((region) => regionAddresses(context, region));
  const of = (name: string, expected: () => Promise<Expected>): Check => ({
    title: `name ${name}`,
    fix: `Put the record back: pulumi up --refresh -s ${stack}`,
    run: async () => validateName(await ask(name), await expected()),
  });
  const entries = plan.settings.loadBalancer === "none" ? [] : plan.regions;
  return [
    of(plan.apiName, () => joins(context, plan.regions, ask)),
    of(plan.turnName, async () => ({ oneOf: nodesOf() })),
    ...entries.map((region) => of(region.entryName, () => joins(context, [region], ask))),
    ...plan.nodes.map((node) => of(node.dnsName, async () => ({ oneOf: [[context.addressOf(node)]] }))),
  ];
}

/** @throws Ailment that says what a name stands for, and what it should */
export function validateName(found: readonly string[], { oneOf, partly }: Expected): string {
  const holds = (all: readonly string[]) =>
    found.every((address) => all.includes(address)) && (partly || all.every((address) => found.includes(address)));
  if (found.length > 0 && oneOf.some(holds)) return found.toSorted().join(", ");
  const wanted = oneOf.map((all) => all.join(", ")).join(partly ? ", or " : "; or ");
  throw new CheckFailure(`it is ${found.toSorted().join(", ")}, and should be ${partly ? "of " : ""}${wanted}`);
}

/** Where joins of these regions go. */
async function joins(context: AwsContext, regions: readonly AwsRegion[], ask: Resolve): Promise<Expected> {
  switch (context.plan.settings.loadBalancer) {
    case "none":
      return { oneOf: regions.map((region) => regionAddresses(context, region)) };
    case "dns":
      return { oneOf: regions.map((region) => regionAddresses(context, region)), partly: true };
    case "nlb":
      return {
        oneOf: await Promise.all(regions.map((region) => balancerAddresses(context, region, ask))),
        partly: true,
      };
  }
}

/** They are AWS's own and may change: what its name stands for now. */
async function balancerAddresses({ plan, aws }: AwsContext, { name }: AwsRegion, ask: Resolve) {
  const { LoadBalancers } = await aws
    .in(name)
    .call<{ LoadBalancers: { DNSName: string }[] }>(
      ...["elbv2", "describe-load-balancers", "--names", balancerName(plan)],
    );
  return ask(LoadBalancers[0]?.DNSName ?? "");
}
