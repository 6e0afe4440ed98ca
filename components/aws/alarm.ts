import * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as pulumi from "@pulumi/pulumi";

export const minute = 60;

/** When an alarm rings. */
export type Condition = Pick<
  cloudwatch.MetricAlarmArgs,
  "namespace" | "metricName" | "statistic" | "period" | "evaluationPeriods" | "threshold" | "treatMissingData" | "tags"
> & { readonly dimensions: Record<string, pulumi.Input<string>>; readonly comparison: string; readonly text: string };

export interface AlarmArgs {
  readonly namePrefix: string;
  readonly region: string;
  /** SNS topics of that region, by ARN. */
  readonly topics: readonly string[];
  /** What it watches, such as `euc1-1`: part of the alarm's name, as `kind` is. */
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
      // Deleted before the resource that they watch, and created with its replacement: its end is no fault.
      replaceOnChanges: ["dimensions", "tags"],
      deleteBeforeReplace: true,
    },
  );
}
