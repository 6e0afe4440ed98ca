import { defaultZones } from "../aws/region-plan";
import { isLoopback, isPublicAddress } from "../cidr";
import { externalRedis } from "../fleet";
import { elasticachePort } from "../ports/internal";
import type { ConfigError } from "../user-error";
import { setCommand } from "./commands";
import type { Settings } from "./schema";
import type { SecretTexts } from "./secrets";

/** Validates Redis on AWS: its location, and whether all nodes share it. */
export function awsRedisErrors(settings: Settings, secrets: SecretTexts): ConfigError[] {
  switch (settings.redis.mode ?? "node") {
    case "node":
      return [...sharingErrors(settings), ...nodeTypeErrors(settings)];
    case "external":
      return [...externalErrors(settings), ...nodeTypeErrors(settings)];
    case "elasticache":
      return [...elasticacheErrors(settings), ...passwordErrors(secrets)];
  }
}

function sharingErrors({ regions, redis: { mode } }: Settings): ConfigError[] {
  const nodes = regions.reduce((sum, region) => sum + region.nodes, 0);
  if (nodes <= 1) return [];
  return [
    {
      key: "livekit:redis.mode",
      value: mode ?? "node",
      rule: `the Redis mode must be "elasticache" or "external" for ${nodes} nodes: with one Redis per node, participants who join the same room on different nodes do not meet`,
      fix: "Set it with: pulumi config set --path livekit:redis.mode elasticache",
    },
  ];
}

function nodeTypeErrors({ redis: { nodeType } }: Settings): ConfigError[] {
  if (nodeType === undefined) return [];
  return [
    {
      key: "livekit:redis.nodeType",
      value: nodeType,
      rule: "this key is allowed only with livekit:redis.mode elasticache",
      fix: "Remove it with: pulumi config rm --path livekit:redis.nodeType",
    },
  ];
}

function externalErrors(settings: Settings): ConfigError[] {
  const sentinels = settings.redis.sentinelAddresses !== undefined;
  return (externalRedis(settings)?.addresses ?? []).flatMap((address, i) =>
    addressErrors(
      sentinels ? `livekit:redis.sentinelAddresses[${i}]` : "livekit:redis.address",
      address,
      settings.redis,
    ),
  );
}

function addressErrors(key: string, address: string, { tls }: Settings["redis"]): ConfigError[] {
  const host = address.replace(/:.*/, "");
  if (isLoopback(host)) {
    return [
      {
        key,
        value: address,
        rule: "the address must not be a loopback address, which leads to the node itself: an external Redis runs elsewhere",
        fix: "Use the node's own Redis with: pulumi config rm livekit:redis",
      },
    ];
  }
  if (!isPublicAddress(host) || tls) return [];
  return [
    {
      key: "livekit:redis.tls",
      value: tls ?? false,
      rule: `TLS must be enabled: ${host} is a public address, and the password would cross the internet in plain text`,
      fix: "Set it with: pulumi config set --path livekit:redis.tls true",
    },
  ];
}

function elasticacheErrors({ regions, redis: { port }, namePrefix }: Settings): ConfigError[] {
  const errors: ConfigError[] = [];
  if (port !== undefined) {
    errors.push({
      key: "livekit:redis.port",
      value: port,
      rule: `the port must not be set with livekit:redis.mode elasticache: ElastiCache uses port ${elasticachePort}`,
      fix: "Remove it with: pulumi config rm --path livekit:redis.port",
    });
  }
  // ElastiCache's rule for names of replication groups.
  if (!/^[a-z]/.test(namePrefix) || namePrefix.includes("--")) {
    errors.push({
      key: "livekit:namePrefix",
      value: namePrefix,
      rule: "the name prefix must start with a letter and must not contain two hyphens in a row when livekit:redis.mode is elasticache",
      fix: "Set it with: pulumi config set livekit:namePrefix inspire-lab",
    });
  }
  const index = Math.max(
    0,
    regions.findIndex(({ primary }) => primary),
  );
  const zones = regions[index]?.zones;
  if ((zones?.length ?? defaultZones) < 2) {
    const second = ["b", "a"]
      .map((letter) => `${regions[index]?.name}${letter}`)
      .find((zone) => !zones?.includes(zone));
    errors.push({
      key: `livekit:regions[${index}].zones`,
      value: zones,
      rule: "the primary region must have at least two zones: Redis in a single zone is not highly available",
      fix: `Add a second zone with: ${setCommand(`livekit:regions[${index}].zones[1]`, second)}`,
    });
  }
  return errors;
}

/** Characters and length that ElastiCache accepts for AUTH (ElastiCache user guide). */
const authToken = /^[A-Za-z0-9!&$^<>-]{16,128}$/;

function passwordErrors({ redisPassword }: SecretTexts): ConfigError[] {
  if (redisPassword === undefined || authToken.test(redisPassword)) return [];
  return [
    {
      key: "livekit:redisPassword",
      rule: "the Redis password must have at most 128 characters, only letters, digits and ! & $ ^ < > -, when livekit:redis.mode is elasticache",
      fix: "Set it with: openssl rand -hex 32 | pulumi config set --secret livekit:redisPassword",
    },
  ];
}
