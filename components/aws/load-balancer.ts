import * as lb from "@pulumi/aws/lb";
import * as pulumi from "@pulumi/pulumi";
import { type BalancedRow, balancedRows, balancerName } from "../../model/aws/account-names";
import type { AwsPlan, AwsRegion } from "../../model/aws/plan";
import { createFirst } from "./replacement";

export interface LoadBalancerArgs {
  readonly plan: AwsPlan;
  readonly region: AwsRegion;
  readonly vpcId: pulumi.Input<string>;
  /** The region's shared subnets. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  /** By which the internet reaches its subnets. */
  readonly path: readonly pulumi.Resource[];
}

/** Nodes that one listener's connections go to. */
export interface TargetPort {
  /** The row of the port table. */
  readonly name: BalancedRow["name"];
  readonly port: number;
  readonly group: lb.TargetGroup;
}

/** Elastic Load Balancing's longest. */
const longestDelaySeconds = 3600;

/**
 * A region's entry: a network load balancer that passes TCP through to healthy nodes, so that nginx still sees the client.
 * TURN and media never take it. It costs some $28 a month in two zones (`model/aws/prices.ts`).
 *
 * @example new LoadBalancer("euc1", { plan, region, vpcId: vpc.id, subnetIds, path }, { parent: this })
 */
export class LoadBalancer extends pulumi.ComponentResource {
  readonly balancer: lb.LoadBalancer;
  readonly targets: readonly TargetPort[];
  /** What has to be there before it serves. */
  readonly listeners: readonly pulumi.Resource[];

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:LoadBalancer", name, {}, opts);
    const { plan, region, subnetIds, path } = args;
    this.balancer = new lb.LoadBalancer(
      `${name}-balancer`,
      {
        region: region.name,
        name: balancerName(plan),
        loadBalancerType: "network",
        internal: false,
        ipAddressType: "ipv4",
        subnets: [...subnetIds],
        // A zone whose only node is away still has the nodes of the others.
        enableCrossZoneLoadBalancing: true,
      },
      // AWS refuses one that faces the internet in a VPC without a gateway.
      { parent: this, dependsOn: [...path] },
    );
    this.targets = balancedRows(plan).map((row) => this.target(name, args, row));
    this.listeners = this.targets.map((target) => this.listen(name, region, target));
    this.registerOutputs({ dnsName: this.balancer.dnsName });
  }

  private target(name: string, { plan, region, vpcId }: LoadBalancerArgs, row: BalancedRow): TargetPort {
    const { drainTimeoutSeconds } = plan.settings;
    const port = row.row.first;
    const group = new lb.TargetGroup(
      `${name}-${row.name}-targets`,
      {
        region: region.name,
        name: row.groupName,
        vpcId,
        targetType: "instance",
        protocol: "TCP",
        port,
        preserveClientIp: "true",
        // A call's WebSocket stays while the call ends: the node leaves when it is empty.
        deregistrationDelay: Math.min(drainTimeoutSeconds, longestDelaySeconds),
        connectionTermination: false,
        // `/` says 406 while Redis is away. That keeps new joins out; running calls go on.
        targetHealthStates: [
          { enableUnhealthyConnectionTermination: false, unhealthyDrainingInterval: drainTimeoutSeconds },
        ],
        healthCheck: {
          enabled: true,
          protocol: row.name === "https" ? "HTTPS" : "HTTP",
          path: "/",
          matcher: "200",
          port: "traffic-port",
          // A node that is dead is out before clients notice, 15 s after its end, and come again.
          interval: 5,
          timeout: 3,
          healthyThreshold: 2,
          unhealthyThreshold: 2,
        },
      },
      { parent: this, ...createFirst },
    );
    return { name: row.name, port, group };
  }

  private listen(name: string, region: AwsRegion, { name: row, port, group }: TargetPort): lb.Listener {
    return new lb.Listener(
      `${name}-${row}-listener`,
      {
        region: region.name,
        loadBalancerArn: this.balancer.arn,
        protocol: "TCP",
        port,
        defaultActions: [{ type: "forward", targetGroupArn: group.arn }],
      },
      { parent: this },
    );
  }
}
