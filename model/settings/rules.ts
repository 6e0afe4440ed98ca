import type { Fault } from "../fault";
import { officialImages, parseImageReference, type ServiceKind } from "../images";
import { portTable, redisRow } from "../port-plan";
import { formatPorts, overlap, type PortName, type PortRow, type PortTable, portCount, portNames } from "../ports";
import { awsFaults } from "./aws-rules";
import { overrideFaults } from "./livekit-overrides";
import type { Settings } from "./schema";
import type { SecretTexts } from "./secrets";

/** Two UDP ports a participant with a port range (LiveKit, seen with 1.13). */
const rangePortsPerParticipant = 2;

/**
 * What is wrong between keys that are each right by themselves.
 * @param secrets those that can be read here; a rule can't judge by another
 */
export function settingFaults(settings: Settings, secrets: SecretTexts): Fault[] {
  return [
    ...(settings.target === "aws" ? awsFaults(settings, secrets) : []),
    ...portFaults(settings),
    ...rangeFaults(settings),
    ...redisFaults(settings),
    ...imageFaults(settings),
    ...overrideFaults(settings.livekitOverrides),
    ...webhookFaults(settings, secrets.apiKey),
  ];
}

function portFaults(settings: Settings): Fault[] {
  const rows: PortTable & { redis: PortRow } = { ...portTable(settings), redis: redisRow(settings) };
  const names = [...portNames, "redis"] as (PortName | "redis")[];
  const collisions = names.flatMap((a, i) =>
    names
      .slice(i + 1)
      .filter((b) => overlap(rows[a], rows[b]))
      .map((b) => ({
        key: `livekit:ports.${a}`,
        value: formatPorts(rows[a]),
        rule: `overlaps ${b === "redis" ? "Redis" : `livekit:ports.${b}`} (${formatPorts(rows[b])}) on one host`,
        fix: `Choose other ports with: pulumi config set --path livekit:ports.${a} PORT`,
      })),
  );
  const single = (["api", "iceTcp", "iceUdp", "turn", "turnTls", "https"] as const)
    .filter((name) => portCount(rows[name]) > 1)
    .map((name) => ({
      key: `livekit:ports.${name}`,
      value: formatPorts(rows[name]),
      rule: "must be one port, not a range",
      fix: `Set it with: pulumi config set --path livekit:ports.${name} ${rows[name].first}`,
    }));
  return [...collisions, ...single];
}

/** A range that can't hold the planned load fails late, with calls refused; refuse it now. */
function rangeFaults(settings: Settings): Fault[] {
  const { mediaTransport, expectedLoad, nodes } = settings;
  const ports = portTable(settings).media;
  const faults: Fault[] = [];
  if (portCount(ports) < nodes) {
    faults.push({
      key: "livekit:ports.media",
      value: formatPorts(ports),
      rule: `must hold at least one port for each of ${nodes} nodes`,
      fix: `Set it with: pulumi config set --path livekit:ports.media 50000-50100`,
    });
  }
  const participants = (expectedLoad.rooms ?? 1) * (expectedLoad.participantsPerRoom ?? 0);
  const needed = participants * rangePortsPerParticipant;
  if (mediaTransport === "range" && portCount(ports) < needed) {
    faults.push({
      key: "livekit:ports.media",
      value: formatPorts(ports),
      rule: `a range needs ${rangePortsPerParticipant} ports a participant, ${needed} for the expected ${participants}`,
      fix: "Use ports without that cap: pulumi config set livekit:mediaTransport multiMux",
    });
  }
  return faults;
}

function redisFaults({ redis, target }: Settings): Fault[] {
  const fix = "Set it with: pulumi config set --path livekit:redis.mode node";
  if (target === "local" && redis.mode === "elasticache") {
    return [{ key: "livekit:redis.mode", value: redis.mode, rule: "is for livekit:target aws", fix }];
  }
  if (redis.mode === "external" && redis.address === undefined) {
    return [
      {
        key: "livekit:redis.address",
        rule: "is required when livekit:redis.mode is external",
        fix: "Set it with: pulumi config set --path livekit:redis.address redis.example.com:6379",
      },
    ];
  }
  if (redis.mode !== "external" && (redis.address !== undefined || redis.tls !== undefined)) {
    return [
      {
        key: "livekit:redis",
        value: redis,
        rule: "address and tls are for an external Redis",
        fix: "Set the mode with: pulumi config set --path livekit:redis.mode external",
      },
    ];
  }
  return [];
}

/** Compares what the tag says; a tag without a version (a digest, a name of one's own) can't be judged. */
function imageFaults({ images }: Settings): Fault[] {
  return Object.entries(images).flatMap(([kind, reference]) => {
    const { floor, repository, tag } = officialImages[kind as ServiceKind];
    const version = /^v?(\d+(?:\.\d+){1,2})/.exec(parseImageReference(reference)?.tag ?? "")?.[1];
    if (version === undefined || !isBelow(version, floor.version)) return [];
    return [
      {
        key: `livekit:images.${kind}`,
        value: reference,
        rule: `must be at least ${floor.version}: ${floor.reason}`,
        fix: `Set it with: pulumi config set --path livekit:images.${kind} ${repository}:${tag}`,
      },
    ];
  });
}

function isBelow(version: string, floor: string): boolean {
  const parts = (text: string) => text.split(".").map(Number);
  const [a, b] = [parts(version), parts(floor)];
  const difference = b.map((part, i) => (a[i] ?? 0) - part).find((part) => part !== 0);
  return difference !== undefined && difference < 0;
}

function webhookFaults({ webhooks }: Settings, apiKey: string | undefined): Fault[] {
  if (webhooks.apiKey === undefined || apiKey === undefined || webhooks.apiKey === apiKey) return [];
  return [
    {
      key: "livekit:webhooks.apiKey",
      value: webhooks.apiKey,
      rule: "must be the stack's API key: LiveKit does not start with another",
      fix: "Remove it with: pulumi config rm --path livekit:webhooks.apiKey",
    },
  ];
}
