import ipaddr from "ipaddr.js";
import type { Fleet, FleetNode } from "../fleet";
import { portTable } from "../port-plan";
import type { PortTable } from "../ports";
import type { Settings } from "../settings/schema";
import { regionCode } from "./regions";

export type Architecture = "x86_64" | "arm64";

/** One public subnet, in a zone of its own. */
export interface AwsSubnet {
  /** `a`, `b`, ...: part of its logical name. */
  readonly name: string;
  /** The zone that the settings name; undefined takes the region's zone of this subnet's place. */
  readonly zone?: string;
  readonly cidr: string;
}

/** One EC2 instance. */
export interface AwsNode {
  /** `<region code>-<number>`, such as `euc1-1`: also its DNS label. */
  readonly name: string;
  readonly region: string;
  readonly subnet: AwsSubnet;
  /** Stated, so that every file can be rendered before the instance is there. */
  readonly privateAddress: string;
  /** `<name>.<domain>`. */
  readonly dnsName: string;
  readonly instanceType: string;
  readonly architecture: Architecture;
}

export interface AwsRegion {
  /** `eu-central-1`. */
  readonly name: string;
  /** `euc1`. */
  readonly code: string;
  readonly cidr: string;
  readonly primary: boolean;
  readonly subnets: readonly [AwsSubnet, ...AwsSubnet[]];
  readonly nodes: readonly AwsNode[];
}

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
  readonly regions: readonly [AwsRegion, ...AwsRegion[]];
  readonly nodes: readonly [AwsNode, ...AwsNode[]];
  /** Name of the one node that asks for certificates. */
  readonly issuer: string;
}

/** A region's network is cut into this many subnets, of which each zone takes one: zones can be added later. */
export const subnetsPerRegion = 8;
/** AWS keeps the first four addresses of a subnet, and its last. */
const firstHost = 4;
/** Zones that a region's nodes are spread over where the settings name none. */
export const defaultZones = 2;

/** Plans the stack on AWS. The settings have passed their rules, so every region fits. */
export function planAws(settings: Settings): AwsPlan {
  const domain = settings.domain ?? "";
  const regions = settings.regions.map((region) =>
    planRegion(region, domain, settings),
  ) as unknown as AwsPlan["regions"];
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
    regions,
    nodes,
    issuer: (primaryRegion({ regions }).nodes[0] ?? nodes[0]).name,
  };
}

/** The region that holds what the whole stack shares: its bucket, its secrets, the node that asks for certificates. */
export function primaryRegion({ regions }: Pick<AwsPlan, "regions">): AwsRegion {
  return regions.find(({ primary }) => primary) ?? regions[0];
}

/** The fleet, once every node's Elastic IP is known. */
export function awsFleet(plan: AwsPlan, publicAddresses: Readonly<Record<string, string>>): Fleet {
  const nodes = plan.nodes.map((node) => fleetNode(plan, node, publicAddresses[node.name] ?? ""));
  return {
    namePrefix: plan.namePrefix,
    ports: plan.ports,
    settings: plan.settings,
    nodes: nodes as unknown as Fleet["nodes"],
    sfuAddresses: nodes.map(({ publicAddress }) => publicAddress),
  };
}

function fleetNode(plan: AwsPlan, node: AwsNode, publicAddress: string): FleetNode {
  const { media, iceUdp, api, iceTcp } = plan.ports;
  const span = { first: media.first, last: media.last };
  const transport = plan.settings.mediaTransport;
  return {
    name: node.name,
    publicAddress,
    privateAddress: node.privateAddress,
    network: "host",
    region: node.region,
    // LiveKit binds no more mux ports than the instance has cores.
    servers: [
      {
        name: "livekit",
        apiPort: api.first,
        apiAddress: "0.0.0.0",
        iceTcpPort: iceTcp.first,
        media:
          transport === "mux"
            ? { kind: "mux", first: iceUdp.first, last: iceUdp.last }
            : { kind: transport === "range" ? "range" : "mux", ...span },
      },
    ],
    certificateNames: plan.certificateNames,
    apiName: plan.apiName,
    turnName: plan.turnName,
    turnBySni: true,
    // The node's sysctl opens 443 to every user, so that nginx needs no capability and is not root.
    firstUnprivilegedPort: Math.min(plan.ports.https.first, 1024),
    turnSecretStore: "database",
  };
}

/** The processor of an instance type: Graviton families have a `g` behind their generation (AWS's naming of types). */
export function architectureOf(instanceType: string): Architecture {
  return /^([a-z]+\d+g|a1\.)/.test(instanceType) ? "arm64" : "x86_64";
}

/** Length of the prefix of a region's subnets. */
export function subnetBits(cidr: string): number {
  return Number(cidr.split("/")[1]) + Math.log2(subnetsPerRegion);
}

function planRegion(region: Settings["regions"][number], domain: string, { regions }: Settings): AwsRegion {
  const code = regionCode(region.name);
  const names = region.zones ?? Array.from({ length: defaultZones }, () => undefined);
  const subnets = names.map((zone, i): AwsSubnet => {
    const name = String.fromCharCode("a".charCodeAt(0) + i);
    return { name, ...(zone && { zone }), cidr: subnet(region.cidr, i) };
  }) as unknown as AwsRegion["subnets"];
  const nodes = Array.from({ length: region.nodes }, (_, i): AwsNode => {
    const place = subnets[i % subnets.length] ?? subnets[0];
    const name = `${code}-${i + 1}`;
    return {
      name,
      region: region.name,
      subnet: place,
      privateAddress: hostAddress(place.cidr, firstHost + Math.floor(i / subnets.length)),
      dnsName: `${name}.${domain}`,
      instanceType: region.instanceType,
      architecture: architectureOf(region.instanceType),
    };
  });
  return {
    name: region.name,
    code,
    cidr: region.cidr,
    primary: region.primary ?? regions.length === 1,
    subnets,
    nodes,
  };
}

function subnet(cidr: string, index: number): string {
  const bits = subnetBits(cidr);
  return `${hostAddress(cidr, index * 2 ** (32 - bits))}/${bits}`;
}

function hostAddress(cidr: string, offset: number): string {
  const octets = ipaddr.IPv4.parse(cidr.split("/")[0] ?? "").octets;
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0) + offset;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
