import type { ConfigError } from "../user-error";
import type { Settings } from "./schema";

/** Members of `livekit:redis` that describe an external Redis. */
const externalMembers = [
  "address",
  "tls",
  "username",
  "db",
  "ca",
  "sentinelMaster",
  "sentinelAddresses",
  "sentinelAuth",
] as const;

/** Validates combinations of the members of `livekit:redis`. */
export function redisErrors({ redis, target }: Settings): ConfigError[] {
  if (target === "local" && redis.mode === "elasticache") {
    const fix = "Set it with: pulumi config set --path livekit:redis.mode node";
    return [
      { key: "livekit:redis.mode", value: redis.mode, rule: 'the mode "elasticache" requires livekit:target aws', fix },
    ];
  }
  return redis.mode === "external" ? externalErrors(redis) : misplacedErrors(redis);
}

function misplacedErrors(redis: Settings["redis"]): ConfigError[] {
  const misplaced = externalMembers.filter((name) => redis[name] !== undefined);
  if (misplaced.length === 0) return [];
  return [
    {
      key: "livekit:redis",
      value: redis,
      rule: `livekit:redis must not have ${misplaced.join(", ")}: only an external Redis uses them`,
      fix: "Use an external Redis with: pulumi config set --path livekit:redis.mode external",
    },
  ];
}

function externalErrors({
  address,
  tls,
  ca,
  sentinelMaster,
  sentinelAddresses,
  sentinelAuth,
}: Settings["redis"]): ConfigError[] {
  const errors: ConfigError[] = [];
  const required = (name: string, when: string, example: string) =>
    errors.push({
      key: `livekit:redis.${name}`,
      rule: `this key is required when ${when}`,
      fix: `Set it with: pulumi config set --path ${example}`,
    });
  const sentinelExample = "'livekit:redis.sentinelAddresses[0]' sentinel.example.com:26379";
  if (address === undefined && sentinelMaster === undefined && sentinelAddresses === undefined) {
    required("address", "livekit:redis.mode is external", "livekit:redis.address redis.example.com:6379");
  }
  if (sentinelAddresses !== undefined && sentinelMaster === undefined) {
    required("sentinelMaster", "livekit:redis.sentinelAddresses is set", "livekit:redis.sentinelMaster mymaster");
  }
  if (sentinelAddresses === undefined && (sentinelMaster !== undefined || sentinelAuth)) {
    required("sentinelAddresses", "livekit:redis.sentinelMaster or livekit:redis.sentinelAuth is set", sentinelExample);
  }
  if (address !== undefined && (sentinelAddresses !== undefined || sentinelMaster !== undefined)) {
    errors.push({
      key: "livekit:redis.address",
      value: address,
      rule: "the address must not be set together with Sentinels, which provide the address of Redis",
      fix: "Remove it with: pulumi config rm --path livekit:redis.address",
    });
  }
  if (ca !== undefined && !tls) required("tls", "livekit:redis.ca is set", "livekit:redis.tls true");
  return errors;
}
