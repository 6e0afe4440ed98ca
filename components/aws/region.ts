import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as pulumi from "@pulumi/pulumi";
import { securityGroupRules } from "../../model/aws/ingress";
import type { Offer } from "../../model/aws/offer";
import type { AwsPlan, AwsRegion } from "../../model/aws/plan";
import { logRetentionDays, serviceLogGroup } from "../../model/aws/watch";
import { BalancerAlarms } from "./balancer-alarms";
import { Firewall } from "./firewall";
import { adoptChild } from "./former-parent";
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
 * Costs nothing besides these resources.
 *
 * @example new Region("euc1", { plan, region, offer }, { parent: this })
 */
export class Region extends pulumi.ComponentResource {
  readonly region: AwsRegion;
  readonly network: Network;
  readonly firewall: Firewall;
  readonly balancer: LoadBalancer | undefined;
  /** Log group of the nodes' services, with `livekit:monitoring`. $0.50 a gigabyte ingested (`model/aws/prices.ts`). */
  readonly logs: cloudwatch.LogGroup | undefined;
  /** Routes and rules that connect its nodes and the internet. */
  readonly path: readonly pulumi.Resource[];
  private readonly child: ReturnType<typeof adoptChild>;

  constructor(name: string, args: RegionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Region", name, {}, opts);
    this.region = args.region;
    this.child = adoptChild(this, opts);
    this.network = this.createNetwork(name, args);
    this.firewall = this.createFirewall(name, args);
    this.balancer = this.createLoadBalancer(name, args);
    this.logs = this.createLogGroup(name, args);
    this.path = [...this.network.routes, ...this.firewall.rules];
    this.registerOutputs({});
  }

  /**
   * Creates the alarms of the region's load balancer, if it has one.
   * @param registered resources that are complete once every node of the region is registered
   */
  createBalancerAlarms(plan: AwsPlan, registered: readonly pulumi.Resource[]): void {
    const { region, balancer } = this;
    if (balancer === undefined) return;
    new BalancerAlarms(
      region.code,
      { plan, region, balancer: balancer.balancer, targets: balancer.targets, registered },
      this.child,
    );
  }

  /** Ids of the subnets for services whose addresses AWS assigns: the load balancer and Redis. */
  get sharedSubnetIds(): readonly pulumi.Output<string>[] {
    return this.region.sharedSubnets.flatMap(({ name }) => this.network.subnetIds[name] ?? []);
  }

  private createNetwork(name: string, { plan, region, offer }: RegionArgs): Network {
    const { namePrefix, settings } = plan;
    return new Network(name, { namePrefix, region, offer, settings }, this.child);
  }

  private createFirewall(name: string, { plan, region }: RegionArgs): Firewall {
    const { vpcId } = this.network;
    const rules = securityGroupRules(plan, region);
    return new Firewall(name, { namePrefix: plan.namePrefix, region: region.name, vpcId, rules }, this.child);
  }

  private createLoadBalancer(name: string, { plan, region }: RegionArgs): LoadBalancer | undefined {
    if (plan.settings.loadBalancer !== "nlb") return undefined;
    const { vpcId, routes } = this.network;
    const subnetIds = this.sharedSubnetIds;
    return new LoadBalancer(name, { plan, region, vpcId, subnetIds, path: routes }, this.child);
  }

  private createLogGroup(name: string, { plan, region }: RegionArgs): cloudwatch.LogGroup | undefined {
    if (!plan.settings.monitoring) return undefined;
    return new cloudwatch.LogGroup(
      `${name}-services`,
      { region: region.name, name: serviceLogGroup(plan.namePrefix, region.code), retentionInDays: logRetentionDays },
      { ...this.child, ...createFirst },
    );
  }
}
