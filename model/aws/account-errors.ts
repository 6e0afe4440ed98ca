import { alarmTopics } from "../settings/aws-alarm-rules";
import { removeCommand, setCommand } from "../settings/commands";
import type { Settings } from "../settings/schema";
import type { ConfigError } from "../user-error";

/**
 * Returns two errors: `none` for an account without a public hosted zone of this name, and `several` for an account
 * with several such zones.
 */
export function hostedZoneErrors(zoneName: string): Readonly<Record<"none" | "several", ConfigError>> {
  const error = { key: "livekit:hostedZone", value: zoneName };
  const create = `aws route53 create-hosted-zone --name ${zoneName} --caller-reference ${zoneName}`;
  const [, parent] = /^[^.]+\.(.+\..+)$/.exec(zoneName) ?? [];
  const orParentZone =
    parent && `; or, if ${parent} is a hosted zone, use this zone with: pulumi config set livekit:hostedZone ${parent}`;
  return {
    none: {
      ...error,
      rule: "this AWS account has no public hosted zone of this name",
      fix: `Create the zone with: ${create}, and set its name servers at the domain's registrar${orParentZone ?? ""}`,
    },
    several: {
      ...error,
      rule: "this AWS account has several public hosted zones of this name",
      fix: `List the zones with: aws route53 list-hosted-zones-by-name --dns-name ${zoneName}, and delete all except the one whose name servers are set at the registrar`,
    },
  };
}

/** Returns the error for an AMI in the settings if the account can't use that AMI. */
export function amiError(key: string, amiId: string, rule: string): ConfigError {
  return { key, value: amiId, rule, fix: `Use Debian's newest image with: ${removeCommand(key)}` };
}

/**
 * Rejects an SNS topic of another account if ElastiCache notifies it. Otherwise CreateReplicationGroup would fail after
 * the network is created: "The Amazon SNS topic owner must be same as the replication group owner" (ElastiCache API
 * reference). CloudWatch alarms may notify a topic of another account.
 */
export function topicErrors(
  settings: Pick<Settings, "alarms" | "redis">,
  region: string,
  accountId: string,
): ConfigError[] {
  const topic = cacheTopic(settings, region);
  if (topic === undefined) return [];
  const [, , , , owner, name] = topic.split(":");
  if (owner === accountId) return [];
  const { topicArn, topicArns = [] } = settings.alarms;
  const key =
    topicArn === undefined ? `livekit:alarms.topicArns[${topicArns.indexOf(topic)}]` : "livekit:alarms.topicArn";
  const create = `aws sns create-topic --name ${name} --region ${region}`;
  const set = setCommand(key, `arn:aws:sns:${region}:${accountId}:${name}`);
  return [
    {
      key,
      value: topic,
      rule: `the SNS topic must belong to the stack's account ${accountId}: ElastiCache does not notify topics of other accounts`,
      fix: `Create a topic with: ${create}, and set its ARN with: ${set}`,
    },
  ];
}

/** Returns the topic that ElastiCache notifies of a failover, if any. */
export function cacheTopic(settings: Pick<Settings, "alarms" | "redis">, region: string): string | undefined {
  return settings.redis.mode === "elasticache" ? alarmTopics(settings, region)[0] : undefined;
}

/** Returns the error for a region without a Debian image. */
export function missingAmiError(key: string, name: string, region: string): ConfigError {
  const fix = `Set a Debian 13 image with: ${setCommand(key, "ami-0123456789abcdef0")}`;
  return { key, rule: `an AMI must be set, because Debian has published no ${name} in ${region}`, fix };
}
