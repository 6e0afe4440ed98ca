import { defaultZones } from "../aws/region-plan";
import { isLoopback, isPublicAddress } from "../cidr";
import type { Fault } from "../fault";
import { externalRedis } from "../fleet";
import { setCommand } from "./commands";
import type { Settings } from "./schema";
import type { SecretTexts } from "./secrets";

/** What is wrong with Redis on AWS: where it is, and who shares it. */
export function awsRedisFaults(settings: Settings, secrets: SecretTexts): Fault[] {
  switch (settings.redis.mode ?? "node") {
    case "node":
      return [...sharingFaults(settings), ...nodeTypeFaults(settings)];
    case "external":
      return [...externalFaults(settings), ...nodeTypeFaults(settings)];
    case "elasticache":
      return [...elasticacheFaults(settings), ...passwordFaults(secrets)];
  }
}

function sharingFaults({ regions, redis: { mode } }: Settings): Fault[] {
  const nodes = regions.reduce((sum, region) => sum + region.nodes, 0);
  if (nodes <= 1) return [];
  return [
    {
      key: "livekit:redis.mode",
      value: mode ?? "node",
      rule: `is for one node: ${nodes} nodes with a Redis each would split a room of one name into ${nodes}`,
      fix: "Share one with: pulumi config set --path livekit:redis.mode elasticache",
    },
  ];
}

function nodeTypeFaults({ redis: { nodeType } }: Settings): Fault[] {
  if (nodeType === undefined) return [];
  return [
    {
      key: "livekit:redis.nodeType",
      value: nodeType,
      rule: "is for livekit:redis.mode elasticache",
      fix: "Remove it with: pulumi config rm --path livekit:redis.nodeType",
    },
  ];
}

function externalFaults(settings: Settings): Fault[] {
  const sentinels = settings.redis.sentinelAddresses !== undefined;
  return (externalRedis(settings)?.addresses ?? []).flatMap((address, i) =>
    addressFaults(
      sentinels ? `livekit:redis.sentinelAddresses[${i}]` : "livekit:redis.address",
      address,
      settings.redis,
    ),
  );
}

function addressFaults(key: string, address: string, { tls }: Settings["redis"]): Fault[] {
  const host = address.split(":")[0] ?? "";
  if (isLoopback(host)) {
    return [
      {
        key,
        value: address,
        rule: "is the node itself, where no external Redis is",
        fix: "Use the node's own with: pulumi config rm livekit:redis",
      },
    ];
  }
  if (!isPublicAddress(host) || tls) return [];
  return [
    {
      key: "livekit:redis.tls",
      value: tls ?? false,
      rule: `must be true: ${host} is reached over the internet, and the password would go there in clear`,
      fix: "Set it with: pulumi config set --path livekit:redis.tls true",
    },
  ];
}

function elasticacheFaults({ regions, redis: { port }, namePrefix }: Settings): Fault[] {
  const faults: Fault[] = [];
  if (port !== undefined) {
    faults.push({
      key: "livekit:redis.port",
      value: port,
      rule: "moves a node's own Redis; ElastiCache has 6379",
      fix: "Remove it with: pulumi config rm --path livekit:redis.port",
    });
  }
  // ElastiCache's own rule for the names of its groups.
  if (!/^[a-z]/.test(namePrefix) || namePrefix.includes("--")) {
    faults.push({
      key: "livekit:namePrefix",
      value: namePrefix,
      rule: "must begin with a letter and have no two dashes in a row with livekit:redis.mode elasticache",
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
    faults.push({
      key: `livekit:regions[${index}].zones`,
      value: zones,
      rule: "must be two at least in the primary region: Redis in a single zone is not highly available",
      fix: `Name a second one with: ${setCommand(`livekit:regions[${index}].zones[1]`, second)}`,
    });
  }
  return faults;
}

/** What ElastiCache takes for AUTH (its user guide). */
const authToken = /^[A-Za-z0-9!&$^<>-]{16,128}$/;

function passwordFaults({ redisPassword }: SecretTexts): Fault[] {
  if (redisPassword === undefined || authToken.test(redisPassword)) return [];
  return [
    {
      key: "livekit:redisPassword",
      rule: "must be at most 128 letters, digits and ! & $ ^ < > - with livekit:redis.mode elasticache",
      fix: "Set it with: openssl rand -hex 32 | pulumi config set --secret livekit:redisPassword",
    },
  ];
}
