import { instanceType } from "../capacity/instances";
import { externalRedis, type Fleet, type FleetNode, type SharedRedis } from "../fleet";
import { internalPorts, monitoringPorts } from "../ports/internal";
import { type PortTable, portTable } from "../ports/table";
import { type NonEmpty, nonEmpty, required } from "../required";
import type { Settings } from "../settings/schema";
import { mediaPorts } from "./media-ports";
import { type AwsNode, type AwsRegion, planRegion } from "./region-plan";
import { awsRegions } from "./regions";
import { serviceLogGroup } from "./watch";

export { type Architecture, architectureOf } from "./processors";
export type { AwsNode, AwsRegion, AwsSubnet } from "./region-plan";

/** The plan of a stack on AWS before any address is known: plain data, no secrets. */
export interface AwsPlan {
  readonly namePrefix: string;
  readonly domain: string;
  /** The Route 53 hosted zone that holds the domain. */
  readonly zoneName: string;
  /** `livekit.<domain>` */
  readonly apiName: string;
  /** `turn.<domain>` */
  readonly turnName: string;
  /** Names that the certificate covers: the domain and every name one label below it. */
  readonly certificateNames: readonly [string, string];
  readonly ports: PortTable;
  readonly settings: Settings;
  /**
   * The primary region first, then the others by name. Changes run in this order, whatever the order in the settings.
   */
  readonly regions: NonEmpty<AwsRegion>;
  /** Nodes in the order of the regions. */
  readonly nodes: NonEmpty<AwsNode>;
  /** Name of the one node that requests certificates. */
  readonly issuer: string;
}

/** Plans a stack on AWS. The settings must be valid, so that every region's subnets fit its network. */
export function planAws(settings: Settings): AwsPlan {
  const domain = required(settings.domain, "livekit:domain");
  const regions = settings.regions
    .map((region) => planRegion(region, settings, domain))
    .toSorted((a, b) => Number(b.primary) - Number(a.primary) || (a.name < b.name ? -1 : 1));
  const nodes = nonEmpty(
    regions.flatMap((region) => region.nodes),
    "nodes",
  );
  return {
    namePrefix: settings.namePrefix,
    domain,
    zoneName: settings.hostedZone ?? domain,
    apiName: `livekit.${domain}`,
    turnName: `turn.${domain}`,
    certificateNames: [domain, `*.${domain}`],
    ports: portTable(settings),
    settings,
    regions: nonEmpty(regions, "regions"),
    nodes,
    issuer: nodes[0].name,
  };
}

/**
 * Returns the primary region. It holds the shared resources: Redis, the bucket, the secrets and the node that requests
 * certificates.
 */
export function primaryRegion({ regions }: Pick<AwsPlan, "regions">): AwsRegion {
  return regions[0];
}

/** Returns the region of a node. */
export function regionOf({ regions }: Pick<AwsPlan, "regions">, node: { readonly region?: string }): AwsRegion {
  const region = regions.find(({ name }) => name === node.region);
  if (region === undefined) throw new Error(`the region ${node.region} is not in the stack's plan`);
  return region;
}

/** Placeholder address, for a fleet that is planned before AWS has assigned addresses. */
const unassigned = "";

/**
 * Returns the fleet, without addresses if none are known yet.
 * @param publicAddresses every node's Elastic IP
 * @param redisAddress `host:port` of the stack's ElastiCache, if it has one
 * @throws Error if the Elastic IPs are known, but one address is missing
 */
export function awsFleet(
  plan: AwsPlan,
  publicAddresses?: Readonly<Record<string, string>>,
  redisAddress?: string,
): Fleet {
  const assigned = (address: string | undefined, name: string) =>
    publicAddresses ? required(address, `address of ${name}`) : (address ?? unassigned);
  const redis = sharedRedis(plan, () => assigned(redisAddress, "Redis"));
  const nodes = plan.nodes.map((node) =>
    fleetNode(plan, node, assigned(publicAddresses?.[node.name], node.name), redis),
  );
  return {
    namePrefix: plan.namePrefix,
    ports: plan.ports,
    settings: plan.settings,
    nodes: nonEmpty(nodes, "nodes"),
    sfuAddresses: nodes.map(({ publicAddress }) => publicAddress),
    regions: mayHaveOthers(plan.settings) ? places(plan) : [],
    ...(redis && { redis }),
  };
}

/**
 * Reports whether the stack may have several nodes, which must share a Redis. A node's configuration must not depend on
 * the number of nodes. Otherwise, adding a node would drain LiveKit on all others, because LiveKit reads its file only
 * at start.
 */
export function mayHaveOthers({ redis }: Pick<Settings, "redis">): boolean {
  return (redis.mode ?? "node") !== "node";
}

/** Returns every region that may ever have a node, by name: AWS's public regions and those in the settings. */
function places({ regions }: AwsPlan): Fleet["regions"] {
  const own = Object.fromEntries(regions.map(({ name, place }) => [name, place]));
  return Object.entries({ ...awsRegions, ...own })
    .map(([name, { lat, lon }]) => ({ name, lat, lon }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Returns the DNS name of a node's TURN relay. A client must use the relay on the node of its SFU, so in a stack that
 * may have several nodes each relay has its own name.
 */
export function turnNameOf(
  plan: Pick<AwsPlan, "settings" | "turnName">,
  { dnsName }: Pick<AwsNode, "dnsName">,
): string {
  return mayHaveOthers(plan.settings) ? dnsName : plan.turnName;
}

function sharedRedis({ settings }: AwsPlan, address: () => string): SharedRedis | undefined {
  return settings.redis.mode === "elasticache" ? { addresses: [address()], tls: true } : externalRedis(settings);
}

function watched(plan: AwsPlan, node: AwsNode): Pick<FleetNode, "scrapePort" | "logs"> {
  const { name, code } = regionOf(plan, node);
  return {
    scrapePort: monitoringPorts.scrape,
    logs: { region: name, group: serviceLogGroup(plan.namePrefix, code) },
  };
}

/** Debian's file of trusted certificate authorities. */
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
    // A sysctl of the node lets every user bind port 443, so nginx needs neither a capability nor root.
    firstUnprivilegedPort: Math.min(plan.ports.https.first, 1024),
    turnSecretStore: "database",
    // Debian keeps its CA certificates up to date. The LiveKit image has no CA certificates, or certificates as old as
    // the image.
    ...(redis?.tls && { caFile: debianCaFile }),
    ...(plan.settings.monitoring && watched(plan, node)),
  };
}
