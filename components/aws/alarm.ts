import * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as pulumi from "@pulumi/pulumi";

export const minute = 60;

/** Condition under which an alarm goes into the ALARM state, and the alarm's description. */
export type Condition = Pick<
  cloudwatch.MetricAlarmArgs,
  "namespace" | "metricName" | "statistic" | "period" | "evaluationPeriods" | "threshold" | "treatMissingData" | "tags"
> & { readonly dimensions: Record<string, pulumi.Input<string>>; readonly comparison: string; readonly text: string };

export interface AlarmArgs {
  readonly namePrefix: string;
  readonly region: string;
  /** ARNs of the SNS topics to notify. They are in the alarm's region. */
  readonly topics: readonly string[];
  /** Name of the watched resource, such as `euc1-1`. The alarm's name contains this name and `kind`. */
  readonly watched: string;
  readonly kind: string;
  readonly condition: Condition;
}

export function createAlarm(
  logicalName: string,
  { namePrefix, region, topics, watched, kind, condition: { comparison, text, ...condition } }: AlarmArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  new cloudwatch.MetricAlarm(
    logicalName,
    {
      region,
      name: `${namePrefix}-${watched}-${kind}`,
      alarmDescription: `${watched} of ${namePrefix}: ${text}`,
      ...condition,
      comparisonOperator: comparison,
      alarmActions: [...topics],
      okActions: [...topics],
    },
    {
      ...opts,
      // The alarm is deleted before the resource it watches: a planned replacement must not trigger it.
      replaceOnChanges: ["dimensions", "tags"],
      deleteBeforeReplace: true,
    },
  );
}
