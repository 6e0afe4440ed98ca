import { lookup } from "node:dns/promises";
import { balancerName } from "../../model/aws/account-names";
import type { AwsRegion } from "../../model/aws/plan";
import { required } from "../../model/required";
import { type AwsContext, regionAddresses } from "./aws-context";
import { type Check, CheckFailure } from "./check";

/** Resolves a name to IPv4 addresses with this machine's resolver. @throws the resolver's error if there are none */
export type Resolve = (name: string) => Promise<readonly string[]>;

const resolve: Resolve = async (name) => (await lookup(name, { family: 4, all: true })).map(({ address }) => address);

/** The addresses that a name must resolve to. */
interface Expected {
  /** Sets of addresses. The name must resolve to all addresses of one set. */
  readonly oneOf: readonly (readonly string[])[];
  /**
   * True if the name may resolve to only some addresses of the set: DNS omits unhealthy targets, and returns the
   * address of one weighted record per query.
   */
  readonly partly?: true;
}

/**
 * Returns a check for each DNS name of the stack. A node's name resolves to its address, and `turn.<domain>` to all
 * nodes of one region. `livekit.<domain>` and the regions' entry names resolve to nodes or to a load balancer.
 */
export function nameChecks(context: AwsContext, ask: Resolve = resolve): Check[] {
  const { stack, plan } = context;
  const nodesOf = () => plan.regions.map((region) => regionAddresses(context, region));
  const of = (name: string, expected: () => Promise<Expected>): Check => ({
    title: `name ${name}`,
    fix: `Restore the DNS record with: pulumi up --refresh -s ${stack}`,
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

/** Compares a name's addresses with the expected ones. @throws CheckFailure that states both */
function validateName(found: readonly string[], { oneOf, partly }: Expected): string {
  const holds = (all: readonly string[]) =>
    found.every((address) => all.includes(address)) && (partly || all.every((address) => found.includes(address)));
  if (found.length > 0 && oneOf.some(holds)) return found.toSorted().join(", ");
  const wanted = oneOf.map((all) => all.join(", ")).join(partly ? ", or " : "; or ");
  throw new CheckFailure(
    `it resolves to ${found.toSorted().join(", ")}; expected ${partly ? "one or more of " : ""}${wanted}`,
  );
}

/**
 * Returns the addresses that clients connect to in these regions: the load balancers' addresses, or without load
 * balancers the nodes' addresses.
 */
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

/** Resolves the load balancer's name. AWS assigns its addresses and may change them. */
async function balancerAddresses({ plan, aws }: AwsContext, { name }: AwsRegion, ask: Resolve) {
  const { LoadBalancers } = await aws
    .in(name)
    .call<{ LoadBalancers: { DNSName: string }[] }>(
      ...["elbv2", "describe-load-balancers", "--names", balancerName(plan)],
    );
  return ask(required(LoadBalancers[0], `load balancer in ${name}`).DNSName);
}
