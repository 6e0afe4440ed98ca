import type * as lb from "@pulumi/aws/lb";
import * as pulumi from "@pulumi/pulumi";
import type { AwsPlan, AwsRegion } from "../../model/aws/plan";
import { alarmTopics } from "../../model/settings/aws-alarm-rules";
import { targetHealthSeconds } from "../../templates/node/request";
import { type Condition, createAlarm, minute } from "./alarm";
import type { TargetPort } from "./load-balancer";

export interface BalancerAlarmsArgs {
  readonly plan: AwsPlan;
  readonly region: AwsRegion;
  readonly balancer: lb.LoadBalancer;
  readonly targets: readonly TargetPort[];
  /** Resources that are complete once every node of the region is registered. */
  readonly registered: readonly pulumi.Resource[];
}

/**
 * Two alarms for each port of a region's load balancer: a node fails its health checks, and no node passes them. A node
 * that is deregistered for a rollout triggers neither alarm. $0.10 a month each (`model/aws/prices.ts`).
 *
 * @example new BalancerAlarms("euc1", { plan, region, balancer, targets, registered }, { parent: this })
 */
export class BalancerAlarms extends pulumi.ComponentResource {
  constructor(name: string, args: BalancerAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:BalancerAlarms", name, {}, opts);
    const { plan, region, targets, registered } = args;
    const topics = alarmTopics(plan.settings, region.name);
    for (const target of targets) {
      for (const [kind, condition] of Object.entries(defineConditions(args, target))) {
        createAlarm(
          `${name}-${target.name}-${kind}-alarm`,
          {
            namePrefix: plan.namePrefix,
            region: region.name,
            topics,
            watched: `${region.code}-${target.name}`,
            kind,
            condition,
          },
          { parent: this, dependsOn: [...registered] },
        );
      }
    }
    this.registerOutputs({});
  }
}

/**
 * Returns the number of minutes without a healthy node after which the alarm triggers. A region with one node needs a
 * longer time: an update may deregister the node and register it again. The node is then unhealthy until its first
 * health checks pass, which takes about three minutes and at most {@link targetHealthSeconds}. A failed node is reported
 * earlier, by the `unhealthy` alarm.
 */
function getUnservedMinutes({ nodes }: AwsRegion): number {
  return nodes.length > 1 ? 2 : targetHealthSeconds / minute;
}

function defineConditions(
  { balancer, region }: BalancerAlarmsArgs,
  { group, port }: TargetPort,
): Readonly<Record<"unhealthy" | "unserved", Condition>> {
  const common = {
    namespace: "AWS/NetworkELB",
    dimensions: { LoadBalancer: balancer.arnSuffix, TargetGroup: group.arnSuffix },
    period: minute,
    // Without a registered target, as during a rollout, both metrics are missing. That must not trigger an alarm.
    treatMissingData: "notBreaching",
  };
  return {
    unhealthy: {
      ...common,
      metricName: "UnHealthyHostCount",
      statistic: "Maximum",
      comparison: "GreaterThanOrEqualToThreshold",
      threshold: 1,
      evaluationPeriods: 3,
      text: `A node has failed the load balancer's checks of port ${port} for 3 minutes and takes no joins`,
    },
    unserved: {
      ...common,
      metricName: "HealthyHostCount",
      // Each zone of the load balancer reports its own count of healthy nodes. The minimum of the zones' counts can be
      // 0 while another zone has a healthy node.
      statistic: "Maximum",
      comparison: "LessThanThreshold",
      threshold: 1,
      evaluationPeriods: getUnservedMinutes(region),
      text: `No node has passed the load balancer's checks of port ${port} for ${getUnservedMinutes(region)} minutes: joins fail in this region`,
    },
  };
}
