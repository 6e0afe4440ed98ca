import * as route53 from "@pulumi/aws/route53";
import * as pulumi from "@pulumi/pulumi";
import type { AwsPlan, AwsRegion } from "../../model/aws/plan";
import type { LoadBalancer } from "./load-balancer";
import { nearest } from "./names";

export interface EntryArgs {
  readonly plan: AwsPlan;
  readonly zoneId: string;
  /** The load balancer of each region by its code; empty where nodes have records of their own. */
  readonly balancers: Readonly<Record<string, LoadBalancer>>;
  /** Of each region by its code, what puts its nodes into the entry. An alias can't stand for what is not there. */
  readonly joined: Readonly<Record<string, readonly pulumi.Resource[]>>;
}

/**
 * Where joins go: `livekit.<domain>` stands for the nearest region's `<region code>.<domain>` that serves, and that for the
 * region's load balancer or for its healthy nodes. Costs nothing: questions for an alias are free.
 *
 * @example new Entry("entry", { plan, zoneId, balancers, joined }, { parent: this })
 */
export class Entry extends pulumi.ComponentResource {
  constructor(name: string, args: EntryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Entry", name, {}, opts);
    const [primary, ...others] = args.plan.regions;
    // A stack that had one node has this very record: it changes, since Route 53 knows no two kinds at once.
    const first = this.latency(args, primary, { aliases: [{ name: "livekit-name" }] });
    for (const region of others) this.latency(args, region, { dependsOn: [first] });
    this.registerOutputs({});
  }

  private latency(args: EntryArgs, region: AwsRegion, opts: pulumi.CustomResourceOptions): route53.Record {
    const { plan, zoneId, balancers, joined } = args;
    const balancer = balancers[region.code];
    const below = balancer ? [this.regional(args, region, balancer)] : (joined[region.code] ?? []);
    return new route53.Record(
      `livekit-${region.code}-name`,
      {
        zoneId,
        name: plan.apiName,
        type: "A",
        aliases: [{ name: region.entryName, zoneId, evaluateTargetHealth: true }],
        ...nearest(region),
      },
      { parent: this, ...opts, dependsOn: [...below, ...[opts.dependsOn ?? []].flat()] as pulumi.Resource[] },
    );
  }

  private regional({ zoneId }: EntryArgs, { code, entryName }: AwsRegion, { balancer }: LoadBalancer): route53.Record {
    return new route53.Record(
      `${code}-entry`,
      {
        zoneId,
        name: entryName,
        type: "A",
        aliases: [{ name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: true }],
      },
      { parent: this },
    );
  }
}
