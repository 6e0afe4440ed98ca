import type * as lb from "@pulumi/aws/lb";
import * as pulumi from "@pulumi/pulumi";
import type { AwsPlan, AwsRegion } from "../../model/aws/plan";
import { alarmTopics } from "../../model/settings/aws-alarm-rules";
import { targetHealthSeconds } from "../../templates/node/request-entry";
import { type Condition, createAlarm, minute } from "./alarm";
import type { TargetPort } from "./load-balancer";

export interface BalancerAlarmsArgs {
  readonly plan: AwsPlan;
  readonly region: AwsRegion;
  readonly balancer: lb.LoadBalancer;
  readonly targets: readonly TargetPort[];
  /** End when every node of the region takes joins. */
  readonly registered: readonly pulumi.Resource[];
}

/**
 * Alarms of a region's load balancer for each of its ports: a node fails the checks, and no node passes them. A node that is
 * out of its region's entry for a change counts for neither. $0.10 a month each (`model/aws/prices.ts`).
 *
 * @example new BalancerAlarms("euc1", { plan, region, balancer, targets, joined }, { parent: this })
 */
export class BalancerAlarms extends pulumi.ComponentResource {
  constructor(name: string, args: BalancerAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:BalancerAlarms", name, {}, opts);
    const { plan, region, targets, registered } = args;
    const topics = alarmTopics(plan.settings, region.name);
    for (const target of targets) {
      for (const [kind, condition] of Object.entries(conditions(args, target))) {
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
 * Minutes without a healthy node. A region's only node leaves the load balancer for each update that ends calls. While it is
 * deregistered the metric is silent; once it is registered again, it counts as not healthy until the first checks have passed,
 * some three minutes later and {@link targetHealthSeconds} at most. A failure of that node rings as `unhealthy` before.
 */
function unservedMinutes({ nodes }: AwsRegion): number {
  return nodes.length > 1 ? 2 : targetHealthSeconds / minute;
}

function conditions(
  { balancer, region }: BalancerAlarmsArgs,
  { group, port }: TargetPort,
): Readonly<Record<"unhealthy" | "unserved", Condition>> {
  const common = {
    namespace: "AWS/NetworkELB",
    dimensions: { LoadBalancer: balancer.arnSuffix, TargetGroup: group.arnSuffix },
    period: minute,
    // Without a registered target both metrics are silent: a node has left for a change.
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
      // Each zone's part of the balancer reports its own count: the lowest is 0 also where another zone reaches a node.
      statistic: "Maximum",
      comparison: "LessThanThreshold",
      threshold: 1,
      evaluationPeriods: unservedMinutes(region),
      text: `No node has passed the load balancer's checks of port ${port} for ${unservedMinutes(region)} minutes: joins fail in this region`,
    },
  };
}
