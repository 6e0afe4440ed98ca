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
  /** Routes that connect the subnets to the internet. */
  readonly path: readonly pulumi.Resource[];
}

/** Target group of one listener. */
export interface TargetPort {
  /** Name of the row in the port table. */
  readonly name: BalancedRow["name"];
  readonly port: number;
  readonly group: lb.TargetGroup;
}

/** Longest deregistration delay that Elastic Load Balancing accepts. */
const longestDelaySeconds = 3600;

/**
 * A region's network load balancer. It passes TCP through to healthy nodes and preserves the client's address for
 * nginx. TURN and media bypass it. It costs about $28 a month in two zones (`model/aws/prices.ts`).
 *
 * @example new LoadBalancer("euc1", { plan, region, vpcId: vpc.id, subnetIds, path }, { parent: this })
 */
export class LoadBalancer extends pulumi.ComponentResource {
  readonly balancer: lb.LoadBalancer;
  readonly targets: readonly TargetPort[];
  /** Resources that must exist before the load balancer serves. */
  readonly listeners: readonly pulumi.Resource[];

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:LoadBalancer", name, {}, opts);
    const { plan, region } = args;
    this.balancer = this.createBalancer(name, args);
    this.targets = balancedRows(plan).map((row) => this.createTarget(name, args, row));
    this.listeners = this.targets.map((target) => this.createListener(name, region, target));
    this.registerOutputs({ dnsName: this.balancer.dnsName });
  }

  private createBalancer(name: string, { plan, region, subnetIds, path }: LoadBalancerArgs): lb.LoadBalancer {
    return new lb.LoadBalancer(
      `${name}-balancer`,
      {
        region: region.name,
        name: balancerName(plan),
        loadBalancerType: "network",
        internal: false,
        ipAddressType: "ipv4",
        subnets: [...subnetIds],
        // If an availability zone's only node is out of service, clients of that zone reach nodes in other zones.
        enableCrossZoneLoadBalancing: true,
      },
      // AWS rejects an internet-facing load balancer in a VPC without an internet gateway.
      { parent: this, dependsOn: [...path] },
    );
  }

  private createTarget(name: string, { plan, region, vpcId }: LoadBalancerArgs, row: BalancedRow): TargetPort {
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
        // A call's WebSocket must stay open until the call ends, so deregistration waits as long as AWS allows. The
        // node is removed earlier, once it has no calls.
        deregistrationDelay: Math.min(drainTimeoutSeconds, longestDelaySeconds),
        connectionTermination: false,
        // `/` returns 406 while Redis is unreachable. The load balancer then routes new joins to other nodes; running
        // calls continue.
        targetHealthStates: [
          { enableUnhealthyConnectionTermination: false, unhealthyDrainingInterval: drainTimeoutSeconds },
        ],
        healthCheck: {
          enabled: true,
          protocol: row.name === "https" ? "HTTPS" : "HTTP",
          path: "/",
          matcher: "200",
          port: "traffic-port",
          // Detects a dead node within the 15 s that clients take to notice its failure, so that they reconnect to
          // another node.
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

  private createListener(name: string, region: AwsRegion, { name: row, port, group }: TargetPort): lb.Listener {
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
