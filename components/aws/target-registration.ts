import type * as ec2 from "@pulumi/aws/ec2";
import * as lb from "@pulumi/aws/lb";
import * as route53 from "@pulumi/aws/route53";
import * as pulumi from "@pulumi/pulumi";
import type { AwsNode, AwsPlan } from "../../model/aws/plan";
import { regionOf } from "../../model/aws/plan";
import { entryTtlSeconds } from "../../templates/node/request";
import type { TargetPort } from "./load-balancer";

export interface TargetRegistrationArgs {
  readonly plan: AwsPlan;
  readonly node: AwsNode;
  readonly zoneId: string;
  readonly address: ec2.Eip;
  /** Target groups of the region's load balancer. Empty without one. */
  readonly targets: readonly TargetPort[];
}

/**
 * Weight of every record under a region's name. The nodes' records and the load balancer's record have the same weight.
 * Route 53 distributes clients in proportion to the weights.
 */
export const entryWeight = 100;

/**
 * Registers a node for its region's joins: as a target of the load balancer, or with a weighted record that Route 53
 * omits while the node does not answer 200 on `/`. A health check costs $2.50 a month (`model/aws/prices.ts`).
 *
 * The resources that `register` creates depend on the node's rollout. Pulumi creates them after the rollout, when the
 * node is healthy. When a node is deleted, Pulumi deletes these resources before the rollout, which drains the node. So
 * the node is deregistered before it drains.
 *
 * @example new TargetRegistration("euc1-1", { plan, node, zoneId, address, targets }, { parent: this })
 */
export class TargetRegistration extends pulumi.ComponentResource {
  /** Variables with which the rollout deregisters the node and registers it again. */
  readonly variables: Readonly<Record<string, pulumi.Input<string>>>;
  private readonly healthCheck: route53.HealthCheck | undefined;

  constructor(
    private readonly label: string,
    private readonly args: TargetRegistrationArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(
      "livekit:aws:TargetRegistration",
      label,
      {},
      pulumi.mergeOptions(opts, { aliases: [{ type: "livekit:aws:NodeEntry" }] }),
    );
    this.healthCheck = args.plan.settings.loadBalancer === "dns" ? this.createHealthCheck() : undefined;
    this.variables = {
      ...(this.healthCheck && { HEALTH_CHECK: this.healthCheck.id }),
      ...(args.targets.length > 0 && {
        TARGET_GROUPS: pulumi.all(args.targets.map(({ group }) => group.arn)).apply((arns) => arns.join(" ")),
      }),
    };
    this.registerOutputs({});
  }

  /** Registers the node. @param change complete once the node is healthy */
  register(instanceId: pulumi.Input<string>, change: pulumi.Resource): readonly pulumi.Resource[] {
    const { targets } = this.args;
    const attachments = targets.map((target) => this.createAttachment(target, instanceId, change));
    return this.healthCheck ? [...attachments, this.createRecord(this.healthCheck, change)] : attachments;
  }

  private createAttachment(
    target: TargetPort,
    targetId: pulumi.Input<string>,
    change: pulumi.Resource,
  ): pulumi.Resource {
    return new lb.TargetGroupAttachment(
      `${this.label}-${target.name}-target`,
      { region: this.args.node.region, targetGroupArn: target.group.arn, targetId, port: target.port },
      { parent: this, dependsOn: [change] },
    );
  }

  /** Creates a health check of the node's address that connects like a client: over TLS, with the API's host name. */
  private createHealthCheck(): route53.HealthCheck {
    const { plan, node, address } = this.args;
    return new route53.HealthCheck(
      `${this.label}-health`,
      {
        type: "HTTPS",
        ipAddress: address.publicIp,
        port: plan.ports.https.first,
        fqdn: plan.apiName,
        enableSni: true,
        resourcePath: "/",
        requestInterval: 10,
        failureThreshold: 2,
        tags: { Name: `${plan.namePrefix}-${node.name}` },
      },
      { parent: this },
    );
  }

  private createRecord({ id }: route53.HealthCheck, change: pulumi.Resource): pulumi.Resource {
    const { plan, node, zoneId, address } = this.args;
    return new route53.Record(
      `${this.label}-entry`,
      {
        zoneId,
        name: regionOf(plan, node).entryName,
        type: "A",
        ttl: entryTtlSeconds,
        records: [address.publicIp],
        setIdentifier: node.name,
        weightedRoutingPolicies: [{ weight: entryWeight }],
        healthCheckId: id,
      },
      { parent: this, dependsOn: [change] },
    );
  }
}
