import type * as elasticache from "@pulumi/aws/elasticache";
import * as pulumi from "@pulumi/pulumi";
import { type AwsPlan, primaryRegion } from "../../model/aws/plan";
import { cacheNodes, defaultCacheNodeType } from "../../model/aws/prices";
import { alarmTopics } from "../../model/settings/aws-alarm-rules";
import { type Condition, createAlarm, minute } from "./alarm";

export interface RedisAlarmsArgs {
  readonly plan: AwsPlan;
  readonly group: elasticache.ReplicationGroup;
}

/**
 * Memory percentage of the alarm. A full Redis rejects writes, and therefore new rooms. The margin leaves time to move
 * to a larger node type.
 */
const memoryPercent = 80;
/**
 * CPU percentage of the alarm, as AWS advises (ElastiCache user guide, "Which metrics should I monitor?"). It is a
 * share of one core, because Redis runs all commands on one.
 */
const corePercent = 90;
/**
 * vCPUs of node types below xlarge. For these types, AWS advises an alarm on the host's CPU at 90% divided by the
 * number of cores.
 */
const smallNodeVcpus = 2;

/**
 * Memory and CPU alarms of each node of the group, since either may be the primary. ElastiCache itself notifies the
 * topic of a failover. $0.10 a month each (`model/aws/prices.ts`).
 *
 * @example new RedisAlarms("euc1-redis", { plan, group }, { parent: this })
 */
export class RedisAlarms extends pulumi.ComponentResource {
  constructor(name: string, { plan, group }: RedisAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:RedisAlarms", name, {}, opts);
    const { name: region } = primaryRegion(plan);
    const topics = alarmTopics(plan.settings, region);
    const nodeType = plan.settings.redis.nodeType ?? defaultCacheNodeType;
    // With cluster mode off, ElastiCache numbers the nodes.
    for (const node of Array.from({ length: cacheNodes }, (_, i) => `00${i + 1}`)) {
      const cacheClusterId = pulumi.interpolate`${group.id}-${node}`;
      for (const [kind, condition] of Object.entries(defineConditions(cacheClusterId, nodeType))) {
        createAlarm(
          `${name}-${node}-${kind}-alarm`,
          { namePrefix: plan.namePrefix, region, topics, watched: `redis-${node}`, kind, condition },
          { parent: this },
        );
      }
    }
    this.registerOutputs({});
  }
}

function defineConditions(
  cacheClusterId: pulumi.Input<string>,
  nodeType: string,
): Readonly<Record<"memory" | "processor", Condition>> {
  const isSmall = !nodeType.endsWith("xlarge");
  const common = {
    namespace: "AWS/ElastiCache",
    // ElastiCache's metrics have both dimensions. In Redis, a cache cluster always has the single node 0001.
    dimensions: { CacheClusterId: cacheClusterId, CacheNodeId: "0001" },
    statistic: "Average",
    comparison: "GreaterThanThreshold",
    // Missing data is normal: a node that is being replaced publishes nothing.
    treatMissingData: "missing",
    period: 5 * minute,
  };
  return {
    memory: {
      ...common,
      metricName: "DatabaseMemoryUsagePercentage",
      evaluationPeriods: 2,
      threshold: memoryPercent,
      text: `More than ${memoryPercent}% of its memory has been in use for 10 minutes: full, it refuses new rooms`,
    },
    processor: {
      ...common,
      metricName: isSmall ? "CPUUtilization" : "EngineCPUUtilization",
      evaluationPeriods: 3,
      threshold: isSmall ? corePercent / smallNodeVcpus : corePercent,
      text: `The core that runs its commands has been above ${corePercent}% for 15 minutes: joins are slow`,
    },
  };
}
