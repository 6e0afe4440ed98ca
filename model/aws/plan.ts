import { instanceType } from "../capacity/instances";
import { externalRedis, type Fleet, type FleetNode, type SharedRedis } from "../fleet";
import { portTable } from "../port-plan";
import { internalPorts, monitoringPorts, type PortTable } from "../ports";
import type { Settings } from "../settings/schema";
import { mediaPorts } from "./media-ports";
import { type AwsNode, type AwsRegion, planRegion } from "./region-plan";
import { awsRegions } from "./regions";
import { serviceLogGroup } from "./watch";

export { type Architecture, architectureOf } from "./processors";
export type { AwsNode, AwsRegion, AwsSubnet } from "./region-plan";

/** The plan of an AWS stack before any address is known: plain data, no secrets. */
export interface AwsPlan {
  readonly namePrefix: string;
  readonly domain: string;
  /** The Route 53 zone that holds the domain. */
  readonly zoneName: string;
  /** `livekit.<domain>` */
  readonly apiName: string;
  /** `turn.<domain>` */
  readonly turnName: string;
  /** What the certificate covers: the domain and every name one label below it. */
  readonly certificateNames: readonly [string, string];
  readonly ports: PortTable;
  readonly settings: Settings;
  /** The primary one first, the others by name: the order in which changes go through them, whatever the list's is. */
  readonly regions: readonly [AwsRegion, ...AwsRegion[]];
  /** In that order, too. */
  readonly nodes: readonly [AwsNode, ...AwsNode[]];
  /** Name of the one node that asks for certificates. */
  readonly issuer: string;
}

/** Plans the stack on AWS. The settings have passed their rules, so every region fits. */
export function planAws(settings: Settings): AwsPlan {
  const domain = settings.domain ?? "";
  const regions = settings.regions
    .map((region) => planRegion(region, settings, domain))
    .toSorted((a, b) => Number(b.primary) - Number(a.primary) || (a.name < b.name ? -1 : 1));
  const nodes = regions.flatMap((region) => region.nodes) as unknown as AwsPlan["nodes"];
  return {
    namePrefix: settings.namePrefix,
    domain,
    zoneName: settings.hostedZone ?? domain,
    apiName: `livekit.${domain}`,
    turnName: `turn.${domain}`,
    certificateNames: [domain, `*.${domain}`],
    ports: portTable(settings),
    settings,
    regions: regions as unknown as AwsPlan["regions"],
    nodes,
    issuer: nodes[0].name,
  };
}

/** The region that holds what the whole stack shares: Redis, its bucket, its secrets, the node that asks for certificates. */
export function primaryRegion({ regions }: Pick<AwsPlan, "regions">): AwsRegion {
  return regions[0];
}

/** The region that a node is in. */
export function regionOf({ regions }: Pick<AwsPlan, "regions">, node: { readonly region?: string }): AwsRegion {
  const region = regions.find(({ name }) => name === node.region);
  if (region === undefined) throw new Error(`${node.region} is not in the plan`);
  return region;
}

/**
 * The fleet, once every node's Elastic IP is known.
 * @param redisAddress `host:port` of the stack's ElastiCache, where it has one
 */
export function awsFleet(plan: AwsPlan, publicAddresses: Readonly<Record<string, string>>, redisAddress = ""): Fleet {
  const redis = sharedRedis(plan, redisAddress);
  const nodes = plan.nodes.map((node) => fleetNode(plan, node, publicAddresses[node.name] ?? "", redis));
  return {
    namePrefix: plan.namePrefix,
    ports: plan.ports,
    settings: plan.settings,
    nodes: nodes as unknown as Fleet["nodes"],
    sfuAddresses: nodes.map(({ publicAddress }) => publicAddress),
    regions: mayHaveOthers(plan.settings) ? places(plan) : [],
    ...(redis && { redis }),
  };
}

/**
 * Whether nodes may stand beside each other, as those may that share a Redis. What a node is told of it must not depend on how
 * many there are: LiveKit reads its file as it starts, and would drain because another one comes.
 */
export function mayHaveOthers({ redis }: Pick<Settings, "redis">): boolean {
  return (redis.mode ?? "node") !== "node";
}

/** Every region that a node could be in some day, by name: the table's, and the settings' own. */
function places({ regions }: AwsPlan): Fleet["regions"] {
  const own = Object.fromEntries(regions.map(({ name, place }) => [name, place]));
  return Object.entries({ ...awsRegions, ...own })
    .map(([name, { lat, lon }]) => ({ name, lat, lon }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The name by which a node hands out its relay. It stands beside the SFU: where there may be others, each has its own. */
export function turnNameOf(
  plan: Pick<AwsPlan, "settings" | "turnName">,
  { dnsName }: Pick<AwsNode, "dnsName">,
): string {
  return mayHaveOthers(plan.settings) ? dnsName : plan.turnName;
}

function sharedRedis({ settings }: AwsPlan, address: string): SharedRedis | undefined {
  return settings.redis.mode === "elasticache" ? { addresses: [address], tls: true } : externalRedis(settings);
}

function watched(plan: AwsPlan, node: AwsNode): Pick<FleetNode, "scrapePort" | "logs"> {
  const { name, code } = regionOf(plan, node);
  return {
    scrapePort: monitoringPorts.scrape,
    logs: { region: name, group: serviceLogGroup(plan.namePrefix, code) },
  };
}

/** Where Debian keeps the authorities that a machine trusts. */
const debianCaFile = "/etc/ssl/certs/ca-certificates.crt";

function fleetNode(plan: AwsPlan, node: AwsNode, publicAddress: string, redis: SharedRedis | undefined): FleetNode {
  const { api, iceTcp } = plan.ports;
  const sizes = new Set(plan.settings.regions.map(({ instanceType }) => instanceType));
  const size = instanceType(node.instanceType);
  return {
    name: node.name,
    publicAddress,
    privateAddress: node.privateAddress,
    network: "host",
    region: node.region,
    servers: [
      {
        name: "livekit",
        apiPort: api.first,
        apiAddress: "0.0.0.0",
        iceTcpPort: iceTcp.first,
        media: mediaPorts(plan, node.instanceType),
        metricsPort: internalPorts.livekitMetrics,
      },
    ],
    ...(size && { memoryMegabytes: size.memoryMegabytes }),
    ...(size && sizes.size === 1 && { vcpus: size.vcpus }),
    certificateNames: plan.certificateNames,
    apiName: plan.apiName,
    turnName: turnNameOf(plan, node),
    turnRealm: plan.turnName,
    turnBySni: true,
    // The node's sysctl opens 443 to every user, so that nginx needs no capability and is not root.
    firstUnprivilegedPort: Math.min(plan.ports.https.first, 1024),
    turnSecretStore: "database",
    // Debian keeps them up to date; an image's own are as old as the image, if it has any.
    ...(redis?.tls && { caFile: debianCaFile }),
    ...(plan.settings.monitoring && watched(plan, node)),
  };
}
