import * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as pulumi from "@pulumi/pulumi";
import { securityGroupRules } from "../../model/aws/ingress";
import type { Offer } from "../../model/aws/offer";
import type { AwsPlan, AwsRegion } from "../../model/aws/plan";
import { logRetentionDays, serviceLogGroup } from "../../model/aws/watch";
import { BalancerAlarms } from "./balancer-alarms";
import { Firewall } from "./firewall";
import { LoadBalancer } from "./load-balancer";
import { Network } from "./network";
import { createFirst } from "./replacement";

export interface RegionArgs {
  readonly plan: AwsPlan;
  readonly region: AwsRegion;
  readonly offer: Offer;
}

/**
 * Resources that a region's nodes share: network, security group and, with `livekit:loadBalancer nlb`, load balancer.
 */
export class Region {
  readonly region: AwsRegion;
  readonly network: Network;
  readonly firewall: Firewall;
  readonly balancer: LoadBalancer | undefined;
  /** Log group of the nodes' services, with `livekit:monitoring`. $0.50 a gigabyte ingested (`model/aws/prices.ts`). */
  readonly logs: cloudwatch.LogGroup | undefined;
  /** Routes and rules that connect its nodes and the internet. */
  readonly path: readonly pulumi.Resource[];

  /** @param parent the stack component, parent of these resources */
  constructor({ plan, region, offer }: RegionArgs, parent: pulumi.Resource) {
    const { namePrefix, settings } = plan;
    const { code, name } = region;
    this.region = region;
    this.network = new Network(code, { namePrefix, region, offer, settings }, { parent });
    const { vpcId } = this.network;
    this.firewall = new Firewall(
      code,
      { namePrefix, region: name, vpcId, rules: securityGroupRules(plan, region) },
      { parent },
    );
    this.balancer =
      settings.loadBalancer === "nlb"
        ? new LoadBalancer(
            code,
            { plan, region, vpcId, subnetIds: this.sharedSubnetIds, path: this.network.routes },
            { parent },
          )
        : undefined;
    this.logs = settings.monitoring
      ? new cloudwatch.LogGroup(
          `${code}-services`,
          { region: name, name: serviceLogGroup(namePrefix, code), retentionInDays: logRetentionDays },
          { parent, ...createFirst },
        )
      : undefined;
    this.path = [...this.network.routes, ...this.firewall.rules];
  }

  /**
   * Creates the alarms of its load balancer, if it has one.
   * @param registered complete once every node of the region is registered
   */
  watch(plan: AwsPlan, registered: readonly pulumi.Resource[], parent: pulumi.Resource): void {
    const { region, balancer } = this;
    if (balancer === undefined) return;
    new BalancerAlarms(
      region.code,
      { plan, region, balancer: balancer.balancer, targets: balancer.targets, registered },
      { parent },
    );
  }

  /** Ids of the subnets for services whose addresses AWS assigns: the load balancer and Redis. */
  get sharedSubnetIds(): readonly pulumi.Output<string>[] {
    return this.region.sharedSubnets.flatMap(({ name }) => this.network.subnetIds[name] ?? []);
  }
}
