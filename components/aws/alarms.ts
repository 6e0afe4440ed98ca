import * as pulumi from "@pulumi/pulumi";
import { watchedMetrics } from "../../model/aws/watch";
import { renewalPercent } from "../../model/certificate-renewal";
import { alarmTopics } from "../../model/settings/aws-alarm-rules";
import type { Settings } from "../../model/settings/schema";
import { metricsNamespace } from "../../templates/node/bundle";
import { type Condition, createAlarm, minute } from "./alarm";

export interface AlarmsArgs {
  readonly namePrefix: string;
  readonly region: string;
  readonly node: string;
  readonly instanceId: pulumi.Input<string>;
  readonly settings: Pick<Settings, "alarms" | "monitoring">;
  /**
   * The node's rollout, complete once the node serves. Missing data triggers an alarm, so alarms are created after the
   * rollout and deleted before a drain.
   */
  readonly change: pulumi.Resource;
}

/** CPU percentage of the alarm. An SFU that lacks CPU drops packets first, then calls. */
const busyPercent = 80;
/**
 * Memory percentage of the alarm. Not far above it, the kernel's OOM killer ends the largest process, which is LiveKit.
 */
const memoryPercent = 90;
/** Disk percentage of the alarm, which leaves room for the container images of the next bundle. */
const diskPercent = 80;
const day = 86_400;

/**
 * One node's alarms: EC2 status checks, CPU, certificate renewal and, with a budget, egress. `livekit:monitoring` adds
 * alarms for services, memory and disk. All of them notify the topics in `livekit:alarms`, if any. Each alarm costs
 * $0.10 a month (`model/aws/prices.ts`).
 *
 * @example new Alarms("euc1-1", { namePrefix, region, node: "euc1-1", instanceId, settings, change }, { parent: this })
 */
export class Alarms extends pulumi.ComponentResource {
  constructor(name: string, args: AlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Alarms", name, {}, opts);
    this.createInstanceAlarms(name, args);
    this.createCertificateAlarm(name, args);
    this.createEgressAlarm(name, args);
    if (args.settings.monitoring) this.createServiceAlarms(name, args);
    this.registerOutputs({});
  }

  private createInstanceAlarms(name: string, args: AlarmsArgs): void {
    const instance = describeInstance(args);
    this.createNodeAlarm(name, "status", args, {
      ...instance,
      metricName: "StatusCheckFailed",
      statistic: "Maximum",
      period: minute,
      evaluationPeriods: 3,
      comparison: "GreaterThanOrEqualToThreshold",
      threshold: 1,
      treatMissingData: "breaching",
      text: "The machine or what is below it fails AWS's checks, or has stopped",
    });
    this.createNodeAlarm(name, "processor", args, {
      ...instance,
      metricName: "CPUUtilization",
      statistic: "Average",
      period: 5 * minute,
      evaluationPeriods: 3,
      comparison: "GreaterThanThreshold",
      threshold: busyPercent,
      treatMissingData: "missing",
      text: `The processor has been above ${busyPercent}% for 15 minutes: media will lose packets`,
    });
  }

  private createCertificateAlarm(name: string, args: AlarmsArgs): void {
    this.createNodeAlarm(name, "certificate", args, {
      namespace: metricsNamespace(args.namePrefix),
      dimensions: { Node: args.node },
      metricName: "CertificateRenewalPercentLeft",
      statistic: "Minimum",
      period: day / 2,
      evaluationPeriods: 2,
      comparison: "LessThanThreshold",
      threshold: renewalPercent,
      treatMissingData: "breaching",
      text: `Less than ${renewalPercent}% is left of the time to renew the certificate, or the node does not say: renewals fail`,
    });
  }

  private createEgressAlarm(name: string, args: AlarmsArgs): void {
    const budget = args.settings.alarms.egressGigabytesPerDay;
    if (budget === undefined) return;
    this.createNodeAlarm(name, "egress", args, {
      ...describeInstance(args),
      metricName: "NetworkOut",
      statistic: "Sum",
      period: day,
      evaluationPeriods: 1,
      comparison: "GreaterThanThreshold",
      threshold: budget * 1e9,
      treatMissingData: "notBreaching",
      text: `More than ${budget} GB have gone out in a day`,
    });
  }

  /** Creates alarms on the metrics that the node publishes every minute. Missing data also triggers these alarms. */
  private createServiceAlarms(name: string, args: AlarmsArgs): void {
    const said = {
      namespace: metricsNamespace(args.namePrefix),
      dimensions: { Node: args.node },
      period: 5 * minute,
      treatMissingData: "breaching",
      // The changed instance ID in the tag makes Pulumi replace the alarm with the instance. The dimensions stay the
      // same, so without the tag the alarm would trigger on missing data while the new instance boots.
      tags: { Instance: args.instanceId },
    };
    this.createNodeAlarm(name, "services", args, {
      ...said,
      metricName: watchedMetrics.services,
      // A restart of the service takes less time than this period.
      statistic: "Minimum",
      evaluationPeriods: 2,
      comparison: "GreaterThanOrEqualToThreshold",
      threshold: 1,
      text: "A service has been unhealthy for 10 minutes, or the node does not say",
    });
    for (const [kind, metricName, percent] of [
      ["memory", watchedMetrics.memory, memoryPercent],
      ["disk", watchedMetrics.disk, diskPercent],
    ] as const) {
      this.createNodeAlarm(name, kind, args, {
        ...said,
        metricName,
        statistic: "Average",
        evaluationPeriods: 3,
        comparison: "GreaterThanThreshold",
        threshold: percent,
        text: `More than ${percent}% of its ${kind} has been in use for 15 minutes, or the node does not say`,
      });
    }
  }

  private createNodeAlarm(name: string, kind: string, args: AlarmsArgs, condition: Condition): void {
    const { namePrefix, region, node, settings, change } = args;
    createAlarm(
      `${name}-${kind}-alarm`,
      { namePrefix, region, topics: alarmTopics(settings, region), watched: node, kind, condition },
      { parent: this, dependsOn: [change] },
    );
  }
}

function describeInstance({ instanceId }: AlarmsArgs) {
  return { namespace: "AWS/EC2", dimensions: { InstanceId: instanceId } };
}
