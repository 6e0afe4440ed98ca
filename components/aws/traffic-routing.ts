import type * as ec2 from "@pulumi/aws/ec2";
import * as route53 from "@pulumi/aws/route53";
import * as pulumi from "@pulumi/pulumi";
import { type AwsPlan, type AwsRegion, primaryRegion } from "../../model/aws/plan";
import { addressTtl, latencyRouting } from "./dns-records";
import type { LoadBalancer } from "./load-balancer";
import { entryWeight } from "./target-registration";

export interface TrafficRoutingArgs {
  readonly plan: AwsPlan;
  readonly zoneId: string;
  /** Elastic IP of each node, by the node's name. */
  readonly addresses: Readonly<Record<string, ec2.Eip>>;
}

/** What a region's joins come to. */
export interface RegionTargets {
  readonly region: AwsRegion;
  /** Undefined where nodes have records of their own. */
  readonly balancer: LoadBalancer | undefined;
  /** What puts its nodes into the entry: nobody is led where nothing serves yet. */
  readonly registered: readonly pulumi.Resource[];
}

/**
 * Where joins go: `livekit.<domain>` stands for the one node's address; of several, for the nearest region's
 * `<region code>.<domain>` that serves, and that for the region's load balancer or for its healthy nodes. Costs cents a
 * month, by the query.
 *
 * @example
 * const entry = new Entry("entry", { plan, zoneId, addresses }, { parent: this });
 * entry.lead([{ region, balancer, joined }]);
 */
export class TrafficRouting extends pulumi.ComponentResource {
  /** Names that a node has before it serves: those of the only one. */
  readonly names: readonly pulumi.Resource[];

  constructor(
    name: string,
    private readonly args: TrafficRoutingArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(
      "livekit:aws:TrafficRouting",
      name,
      {},
      pulumi.mergeOptions(opts, { aliases: [{ type: "livekit:aws:Entry" }] }),
    );
    this.names = args.plan.settings.loadBalancer === "none" ? [this.direct()] : [];
    this.registerOutputs({});
  }

  /** Leads joins to the regions. Does nothing where there is one node alone. */
  createRegionRecords(regions: readonly RegionTargets[]): void {
    if (this.args.plan.settings.loadBalancer === "none") return;
    for (const entry of regions) this.near(entry);
  }

  private direct(): route53.Record {
    const { plan, addresses } = this.args;
    const records = plan.nodes.flatMap(({ name }) => addresses[name]?.publicIp ?? []);
    return this.join(primaryRegion(plan), { ttl: addressTtl, records });
  }

  private near({ region, balancer, registered }: RegionTargets): route53.Record {
    const { zoneId } = this.args;
    const below = balancer ? [this.balanced(region, balancer, registered)] : registered;
    const aliases = [{ name: region.entryName, zoneId, evaluateTargetHealth: true }];
    return this.join(region, { aliases }, below);
  }

  private join(
    region: AwsRegion,
    target: Pick<route53.RecordArgs, "ttl" | "records" | "aliases">,
    dependsOn: readonly pulumi.Resource[] = [],
  ): route53.Record {
    const { plan, zoneId } = this.args;
    return new route53.Record(
      `livekit-${region.code}-name`,
      { zoneId, name: plan.apiName, type: "A", ...target, ...latencyRouting(region) },
      { parent: this, dependsOn: [...dependsOn] },
    );
  }

  private balanced(
    { code, entryName }: AwsRegion,
    { balancer, listeners }: LoadBalancer,
    registered: readonly pulumi.Resource[],
  ): route53.Record {
    return new route53.Record(
      `${code}-entry`,
      {
        zoneId: this.args.zoneId,
        name: entryName,
        type: "A",
        aliases: [{ name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: true }],
        // Of the nodes' own kind: one entry may take the other's place.
        setIdentifier: "balancer",
        weightedRoutingPolicies: [{ weight: entryWeight }],
      },
      { parent: this, dependsOn: [...listeners, ...registered] },
    );
  }
}
