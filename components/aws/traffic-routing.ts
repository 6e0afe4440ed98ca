import type * as ec2 from "@pulumi/aws/ec2";
import * as route53 from "@pulumi/aws/route53";
import * as pulumi from "@pulumi/pulumi";
import { type AwsPlan, type AwsRegion, primaryRegion } from "../../model/aws/plan";
import { addressTtl, routeByLatency } from "./dns-records";
import type { LoadBalancer } from "./load-balancer";
import { entryWeight } from "./target-registration";

export interface TrafficRoutingArgs {
  readonly plan: AwsPlan;
  readonly zoneId: string;
  /** Elastic IP of each node, by the node's name. */
  readonly addresses: Readonly<Record<string, ec2.Eip>>;
}

/** Targets of a region's joins. */
export interface RegionTargets {
  readonly region: AwsRegion;
  /** The region's load balancer. Undefined without one: then each node has a record under the region's name. */
  readonly balancer: LoadBalancer | undefined;
  /**
   * Registrations of the region's nodes. The region's records depend on these registrations, so that no client connects
   * to a region that does not serve yet.
   */
  readonly registered: readonly pulumi.Resource[];
}

/**
 * DNS records that route joins. With one node, `livekit.<domain>` is its address. With several, it is an alias of the
 * nearest healthy region's `<region code>.<domain>`, which resolves to that region's load balancer or healthy nodes.
 * AWS bills DNS queries: a few cents a month.
 *
 * @example
 * const routing = new TrafficRouting("entry", { plan, zoneId, addresses }, { parent: this });
 * routing.createRegionRecords([{ region, balancer, registered }]);
 */
export class TrafficRouting extends pulumi.ComponentResource {
  /** Records that must exist before a node serves: with a single node, the record of the API's name. */
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
    this.names = args.plan.settings.loadBalancer === "none" ? [this.createNodeRecord()] : [];
    this.registerOutputs({});
  }

  /** Creates the records that route joins to the regions. Does nothing with a single node. */
  createRegionRecords(regions: readonly RegionTargets[]): void {
    if (this.args.plan.settings.loadBalancer === "none") return;
    for (const entry of regions) this.createRegionRecord(entry);
  }

  private createNodeRecord(): route53.Record {
    const { plan, addresses } = this.args;
    const records = plan.nodes.flatMap(({ name }) => addresses[name]?.publicIp ?? []);
    return this.createApiRecord(primaryRegion(plan), { ttl: addressTtl, records });
  }

  private createRegionRecord({ region, balancer, registered }: RegionTargets): route53.Record {
    const { zoneId } = this.args;
    const below = balancer ? [this.createBalancerRecord(region, balancer, registered)] : registered;
    const aliases = [{ name: region.entryName, zoneId, evaluateTargetHealth: true }];
    return this.createApiRecord(region, { aliases }, below);
  }

  private createApiRecord(
    region: AwsRegion,
    target: Pick<route53.RecordArgs, "ttl" | "records" | "aliases">,
    dependsOn: readonly pulumi.Resource[] = [],
  ): route53.Record {
    const { plan, zoneId } = this.args;
    return new route53.Record(
      `livekit-${region.code}-name`,
      { zoneId, name: plan.apiName, type: "A", ...target, ...routeByLatency(region) },
      { parent: this, dependsOn: [...dependsOn] },
    );
  }

  private createBalancerRecord(
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
        // Weighted, like the nodes' records: Route 53 rejects different routing policies under one name. With the same
        // policy, a stack can add or remove its load balancer.
        setIdentifier: "balancer",
        weightedRoutingPolicies: [{ weight: entryWeight }],
      },
      { parent: this, dependsOn: [...listeners, ...registered] },
    );
  }
}
