import type { ConfigError } from "../user-error";
import type { Settings } from "./schema";

/** Validates the alarms' topics. A CloudWatch alarm notifies only topics of its own region. */
export function alarmErrors({ alarms: { topicArn, topicArns }, regions }: Settings): ConfigError[] {
  if (topicArn !== undefined && topicArns !== undefined) {
    const fix = "Remove it with: pulumi config rm --path livekit:alarms.topicArn";
    return [
      {
        key: "livekit:alarms.topicArn",
        value: topicArn,
        rule: "this key must not be set together with livekit:alarms.topicArns",
        fix,
      },
    ];
  }
  if (topicArn !== undefined) {
    const others = regions.filter(({ name }) => name !== topicRegion(topicArn)).map(({ name }) => name);
    const [name] = others;
    if (name === undefined) return [];
    const single = regions.length === 1;
    return [
      {
        key: "livekit:alarms.topicArn",
        value: topicArn,
        rule: `the topic must be in ${others.join(", ")}: an alarm notifies only topics of its own region`,
        fix: `Set it with: pulumi config set --path ${single ? "livekit:alarms.topicArn" : "'livekit:alarms.topicArns[0]'"} arn:aws:sns:${name}:123456789012:oncall`,
      },
    ];
  }
  if (topicArns === undefined) return [];
  return [...missingErrors(topicArns, regions), ...strayErrors(topicArns, regions)];
}

/** Returns the region of an SNS topic, the fourth part of its ARN. */
function topicRegion(arn: string): string | undefined {
  return arn.split(":")[3];
}

/** Returns the ARNs of the topics that a region's alarms notify. */
export function alarmTopics({ alarms }: Pick<Settings, "alarms">, region: string): readonly string[] {
  const topic = alarms.topicArn ?? alarms.topicArns?.find((arn) => topicRegion(arn) === region);
  return topic === undefined ? [] : [topic];
}

function missingErrors(topics: readonly string[], regions: Settings["regions"]): ConfigError[] {
  const missing = regions.filter(({ name }) => !topics.some((arn) => topicRegion(arn) === name));
  return missing.map(({ name }) => ({
    key: "livekit:alarms.topicArns",
    value: topics,
    rule: `the list must have a topic in ${name}: an alarm notifies only topics of its own region`,
    fix: `Add it with: pulumi config set --path 'livekit:alarms.topicArns[${topics.length}]' arn:aws:sns:${name}:123456789012:oncall`,
  }));
}

function strayErrors(topics: readonly string[], regions: Settings["regions"]): ConfigError[] {
  return topics.flatMap((arn, i): ConfigError[] => {
    const region = topicRegion(arn);
    const again = topics.findIndex((other) => topicRegion(other) === region) < i;
    if (!again && regions.some(({ name }) => name === region)) return [];
    return [
      {
        key: `livekit:alarms.topicArns[${i}]`,
        value: arn,
        rule: again
          ? `is a second topic in ${region}; each region has one`
          : `is a topic in ${region}, which is not in livekit:regions`,
        fix: `Remove it with: pulumi config rm --path 'livekit:alarms.topicArns[${i}]'`,
      },
    ];
  });
}
