import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  ListTagsForResourceCommand,
  PutMetricAlarmCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch";
import { z } from "zod";
import type { Inputs } from "../../../../provider-kit/resource-type";
import { clientOf } from "../../clients";
import { managed } from "../../managed";
import { regional, tagged, tagList, tagsFound } from "../../resource";
import { changeTags } from "../../tags";

const cloudWatch = clientOf("CloudWatch", (options) => new CloudWatchClient(options));

const hour = 3600;
const day = 24 * hour;
const week = 7 * day;

const arns = z
  .array(
    z
      .string()
      .max(1024)
      .regex(/^arn:[^:]+:[^:]+:/, "must be an ARN"),
  )
  .max(5, "must be at most 5 actions")
  .optional();

const inputs = {
  ...regional,
  ...tagged,
  name: z.string().min(1).max(255, "must be at most 255 characters"),
  alarmDescription: z.string().max(1024, "must be at most 1024 characters").optional(),
  namespace: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^:].*$/, "must not begin with a colon"),
  metricName: z.string().min(1).max(255),
  dimensions: z
    .record(z.string().min(1).max(255), z.string().min(1).max(1024))
    .refine((all) => Object.keys(all).length <= 30, "must be at most 30 dimensions")
    .optional(),
  statistic: z.enum(["SampleCount", "Average", "Sum", "Minimum", "Maximum"]),
  period: z
    .number()
    .int()
    .refine(
      (seconds) => [10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0),
      "must be 10, 20, 30 or a multiple of 60",
    ),
  evaluationPeriods: z.number().int().min(1),
  threshold: z.number(),
  comparisonOperator: z.enum([
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
  ]),
  treatMissingData: z.enum(["breaching", "notBreaching", "ignore", "missing"]).default("missing"),
  alarmActions: arns,
  okActions: arns,
};

type AlarmInputs = Inputs<typeof inputs>;

/**
 * `aws:cloudwatch/metricAlarm:MetricAlarm`. Overwrites an existing alarm with the same name, as the official provider
 * does.
 */
export const metricAlarm = managed({
  token: "aws:cloudwatch/metricAlarm:MetricAlarm",
  inputs,
  replaceOn: ["name"],
  unordered: ["alarmActions", "okActions"],
  deleteBeforeReplace: true,
  computed: ["arn"],
  validate: spanErrors,
  async make(alarm) {
    await put(alarm);
    return alarm.name;
  },
  async set(_, alarm, before) {
    if (!before) return;
    await put(alarm);
    const client = cloudWatch(alarm.region);
    const ResourceARN = before["arn"] as string;
    await changeTags(alarm.tagsAll, before, {
      give: (Tags) => client.send(new TagResourceCommand({ ResourceARN, Tags })),
      take: (TagKeys) => client.send(new UntagResourceCommand({ ResourceARN, TagKeys })),
    });
  },
  async find(name, region) {
    const { MetricAlarms } = await cloudWatch(region).send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
    const [found] = MetricAlarms ?? [];
    if (!found) return undefined;
    const { Tags } = await cloudWatch(region).send(new ListTagsForResourceCommand({ ResourceARN: found.AlarmArn }));
    return {
      name,
      arn: found.AlarmArn,
      alarmDescription: found.AlarmDescription ?? "",
      namespace: found.Namespace,
      metricName: found.MetricName,
      dimensions: Object.fromEntries((found.Dimensions ?? []).map(({ Name = "", Value }) => [Name, Value])),
      statistic: found.Statistic,
      period: found.Period,
      evaluationPeriods: found.EvaluationPeriods,
      threshold: found.Threshold,
      comparisonOperator: found.ComparisonOperator,
      treatMissingData: found.TreatMissingData ?? "missing",
      actionsEnabled: found.ActionsEnabled,
      alarmActions: found.AlarmActions ?? [],
      okActions: found.OKActions ?? [],
      ...tagsFound(Tags),
    };
  },
  remove: (name, region) => cloudWatch(region).send(new DeleteAlarmsCommand({ AlarmNames: [name] })),
});

async function put(alarm: AlarmInputs): Promise<void> {
  await cloudWatch(alarm.region).send(
    new PutMetricAlarmCommand({
      AlarmName: alarm.name,
      AlarmDescription: alarm.alarmDescription ?? "",
      Namespace: alarm.namespace,
      MetricName: alarm.metricName,
      Dimensions: Object.entries(alarm.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
      Statistic: alarm.statistic,
      Period: alarm.period,
      EvaluationPeriods: alarm.evaluationPeriods,
      Threshold: alarm.threshold,
      ComparisonOperator: alarm.comparisonOperator,
      TreatMissingData: alarm.treatMissingData,
      ActionsEnabled: true,
      AlarmActions: alarm.alarmActions ?? [],
      OKActions: alarm.okActions ?? [],
      Tags: tagList(alarm.tagsAll),
    }),
  );
}

/** Validates an alarm's evaluation range: `Period` of `PutMetricAlarm` in CloudWatch's API reference. */
function spanErrors({ period, evaluationPeriods }: AlarmInputs): string[] {
  const most = period < hour ? day : week;
  const span = period * evaluationPeriods;
  if (span <= most) return [];
  return [`period, evaluationPeriods: ${period} s times ${evaluationPeriods} must be at most ${most} s, not ${span} s`];
}
