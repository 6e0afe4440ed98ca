import { allKinds, awsKinds, officialImageName, type ServiceKind, serviceKinds } from "./images";
import { localCertificateNames } from "./name-constraints";
import { internalPorts } from "./ports/internal";
import { type PortRow, type PortSpan, type PortTable, portCount, portTable, slice } from "./ports/table";
import { type NonEmpty, nonEmpty } from "./required";
import { candidateErrors } from "./settings/port-rules";
import type { Settings } from "./settings/schema";
import { throwIfAny } from "./user-error";

/** Facts about the machine of a local stack. */
export interface Host {
  /** IPv4 address of the default route's interface; 127.0.0.1 without a network. */
  readonly address: string;
  /** IPv4 addresses of all interfaces. */
  readonly addresses: readonly string[];
  readonly cores: number;
  /**
   * `bridge` if the engine's "host" network is not this machine's, as on Docker Desktop (a virtual machine) or a
   * rootless engine.
   */
  readonly network: "host" | "bridge";
  /** `registry` if this machine can pull official images, `build` if it must build images from package registries. */
  readonly imageSource: "registry" | "build";
  readonly hostName: string;
}

/** A region for LiveKit's selection of the nearest node. Coordinates are in degrees. */
export interface FleetRegion {
  readonly name: string;
  readonly lat: number;
  readonly lon: number;
}

/** A Redis that all nodes share. */
export interface SharedRedis {
  /** `host:port` of Redis itself or of its Sentinels. */
  readonly addresses: readonly [string, ...string[]];
  readonly tls: boolean;
  readonly username?: string | undefined;
  readonly db?: number | undefined;
  /** PEM of the certificate authorities that sign Redis' certificate. @default the public ones */
  readonly ca?: string | undefined;
  readonly sentinel?: { readonly master: string; readonly auth: boolean };
}

/**
 * UDP ports that one LiveKit server binds. With `mux` all participants share each port; `range` takes two ports for
 * each participant.
 */
export interface MediaPorts extends PortSpan {
  readonly kind: "mux" | "range";
  /** The row of the port table that has these ports. */
  readonly row: "iceUdp" | "media";
}

/** One LiveKit server process. */
export interface LiveKitServer {
  /** `livekit`, `livekit-2`, ... */
  readonly name: string;
  readonly apiPort: number;
  /** 127.0.0.1 if nginx is in front of the API, else 0.0.0.0. */
  readonly apiAddress: "0.0.0.0" | "127.0.0.1";
  /** Only one server of a machine can have the ICE/TCP port. */
  readonly iceTcpPort?: number;
  readonly media: MediaPorts;
  /** Port of its Prometheus metrics, which need a password. @default no metrics */
  readonly metricsPort?: number;
}

/** One machine of the stack. */
export interface FleetNode {
  readonly name: string;
  /** Address at which clients reach the node. LiveKit advertises it. */
  readonly publicAddress: string;
  /** The node's own address. Without NAT it equals the public one. */
  readonly privateAddress: string;
  readonly network: "host" | "bridge";
  /** LiveKit's region of the node. @default the node has no region */
  readonly region?: string;
  readonly servers: NonEmpty<LiveKitServer>;
  /**
   * vCPUs, if known and equal on all nodes. Each LiveKit server applies its own limits to other nodes too, so all nodes
   * must have equal limits. @default unknown or different
   */
  readonly vcpus?: number;
  /** Memory of the node. @default unknown: services have no memory limits that depend on the node's memory */
  readonly memoryMegabytes?: number;
  /** Names and addresses that the node's certificate covers, the API's first. */
  readonly certificateNames: readonly string[];
  readonly apiName: string;
  /** DNS name of the node's relay, in the TURN URLs that the node's LiveKit sends to clients. */
  readonly turnName: string;
  /** TURN realm of all relays of the fleet. The realm is also a DNS name of these relays. */
  readonly turnRealm: string;
  /** Whether port 443 serves both HTTPS and TURN/TLS by SNI. Needs different DNS names for HTTPS and TURN. */
  readonly turnBySni: boolean;
  /** Ports below this one need root (sysctl `ip_unprivileged_port_start`, by default 1024). */
  readonly firstUnprivilegedPort: number;
  /** Coturn rereads secrets in its `database` while it runs. It reads secrets in its `file` once, at start. */
  readonly turnSecretStore: "file" | "database";
  /**
   * PEM file of the certificate authorities that the machine trusts. LiveKit uses this file. @default LiveKit uses its
   * image's own file
   */
  readonly caFile?: string;
  /** Prometheus, the exporters, and Grafana if its image is available. @default none of them */
  readonly monitoring?: { readonly grafana: boolean };
  /** Port at which nginx serves the node's metrics to an external Prometheus. Adds the node exporter. @default none */
  readonly scrapePort?: number;
  /** CloudWatch log group of the services' logs. @default logs stay on the machine */
  readonly logs?: { readonly region: string; readonly group: string };
}

/** The plan of a whole stack: plain data, no secrets. */
export interface Fleet {
  readonly namePrefix: string;
  readonly ports: PortTable;
  readonly settings: Settings;
  readonly nodes: NonEmpty<FleetNode>;
  /** Every address that an SFU of the fleet sends media from. A relay accepts no other peers. */
  readonly sfuAddresses: readonly string[];
  /** Regions that have or could have nodes, for LiveKit's node selection. Empty if the stack can have only one node. */
  readonly regions: readonly FleetRegion[];
  /** @default every node has its own Redis */
  readonly redis?: SharedRedis;
}

/** Paths on the scrape port. */
export const scrapePaths = { livekit: "/livekit", node: "/node" } as const;

/** Prometheus job of the node exporters. The prefix separates it from other machines in the user's Prometheus. */
export const nodeJob = "livekit-node";

/**
 * Plans the local stack: one machine that runs everything.
 * @throws {UserError} if the settings do not suit the machine
 */
export function planLocalFleet(settings: Settings, host: Host): Fleet {
  const ports = portTable(settings);
  const publicAddress = settings.publicAddress ?? host.address;
  // If no interface has the public address, the address belongs to a router that forwards the ports.
  const privateAddress = host.addresses.includes(publicAddress) ? publicAddress : host.address;
  const network = mediaNetwork(settings, host);
  throwIfAny(candidateErrors(settings, publicAddress));
  const { domain } = settings;
  const apiName = domain ? `livekit.${domain}` : publicAddress;
  const turnName = domain ? `turn.${domain}` : publicAddress;
  const servers = Array.from({ length: settings.nodes }, (_, index) =>
    planServer(index, settings, ports, host.cores, network),
  );
  const node: FleetNode = {
    name: "local",
    publicAddress,
    privateAddress,
    network,
    servers: nonEmpty(servers, "servers"),
    vcpus: host.cores,
    certificateNames: localCertificateNames([apiName, turnName, publicAddress], host.hostName),
    apiName,
    turnName,
    turnRealm: turnName,
    turnBySni: domain !== undefined,
    firstUnprivilegedPort: 1024,
    turnSecretStore: "file",
    ...(settings.monitoring && {
      monitoring: { grafana: hasGrafana(settings, imageSource(settings, host.imageSource)) },
    }),
  };
  const sfuAddresses = [...new Set([publicAddress, privateAddress])];
  const redis = externalRedis(settings);
  return {
    namePrefix: settings.namePrefix,
    ports,
    settings,
    nodes: [node],
    sfuAddresses,
    regions: [],
    ...(redis && { redis }),
  };
}

/** Returns the Redis that the settings name. Undefined if the stack runs its own. */
export function externalRedis({ redis }: Settings): SharedRedis | undefined {
  const { mode, address, tls = false, username, db, ca, sentinelMaster, sentinelAuth = false } = redis;
  const [first, ...others] = redis.sentinelAddresses ?? (address === undefined ? [] : [address]);
  if (mode !== "external" || first === undefined) return undefined;
  return {
    addresses: [first, ...others],
    tls,
    username,
    db,
    ca,
    ...(sentinelMaster !== undefined && { sentinel: { master: sentinelMaster, auth: sentinelAuth } }),
  };
}

/** Returns the value of `livekit:network`. Resolves `auto` to the network that works on this machine. */
function mediaNetwork({ network }: Settings, host: Host): Host["network"] {
  if (network === "bridge" && host.network === "host") {
    throwIfAny([
      {
        key: "livekit:network",
        value: network,
        rule: 'the network must be "auto" or "host" on this machine: with "bridge", Docker sends LiveKit\'s answers to the TURN relay from an address for which clients have no TURN permission',
        fix: "Set it with: pulumi config set livekit:network auto",
      },
    ]);
  }
  return network === "auto" ? host.network : network;
}

/**
 * Returns each service's image: the one in `livekit:images`, which is never built, otherwise the result of
 * `defaultName`.
 */
export function imageNames(
  settings: Settings,
  defaultName: (kind: ServiceKind) => string = officialImageName,
): Readonly<Record<ServiceKind, string>> {
  const names = allKinds.map((kind) => [kind, settings.images[kind] ?? defaultName(kind)]);
  return Object.fromEntries(names) as Record<ServiceKind, string>;
}

/** Returns the services that a stack runs if its images come from this source. */
export function runningKinds(settings: Settings, source: Host["imageSource"]): readonly ServiceKind[] {
  if (!settings.monitoring) return serviceKinds;
  if (settings.target === "aws") return awsKinds;
  return allKinds.filter((kind) => kind !== "grafana" || hasGrafana(settings, source));
}

/** Grafana is in no package registry. If images are built, it needs an image in `livekit:images`. */
function hasGrafana({ images }: Settings, source: Host["imageSource"]): boolean {
  return source === "registry" || images["grafana"] !== undefined;
}

/** Returns the value of `livekit:imageSource`. Resolves `auto` to the source that works on this machine. */
export function imageSource(settings: Settings, here: Host["imageSource"]): Host["imageSource"] {
  return settings.imageSource === "auto" ? here : settings.imageSource;
}

/** Returns the service name of a machine's LiveKit server: `livekit`, `livekit-2`, ... */
function serverName(index: number): string {
  return index === 0 ? "livekit" : `livekit-${index + 1}`;
}

/** Reports whether a service is a LiveKit server. Redis is `livekit-redis`. */
export function isLiveKitServer(service: string): boolean {
  return /^livekit(-\d+)?$/.test(service);
}

function planServer(
  index: number,
  { nodes, mediaTransport, monitoring }: Settings,
  ports: PortTable,
  cores: number,
  network: FleetNode["network"],
): LiveKitServer {
  // LiveKit serves its metrics on the API's addresses, so monitoring requires an API on loopback, behind nginx.
  const behindNginx = (nodes > 1 || monitoring) && network === "host";
  return {
    name: serverName(index),
    // A bridged server has its own network, and so its own port numbers.
    apiPort: behindNginx ? internalPorts.livekitApi + index : ports.api.first,
    apiAddress: behindNginx ? "127.0.0.1" : "0.0.0.0",
    ...(index === 0 && { iceTcpPort: ports.iceTcp.first }),
    media: mediaPorts(mediaTransport, slice(ports.media, index, nodes), index === 0 ? ports.iceUdp : undefined, cores),
    ...(monitoring && { metricsPort: internalPorts.livekitMetrics + (network === "host" ? index : 0) }),
  };
}

function mediaPorts(
  transport: Settings["mediaTransport"],
  span: PortSpan,
  muxRow: PortRow | undefined,
  cores: number,
): MediaPorts {
  switch (transport) {
    case "range":
      return { kind: "range", row: "media", ...span };
    case "mux":
      // The first server has the table's mux port. Each other server takes the first port of its slice of the media
      // ports.
      return muxRow
        ? { kind: "mux", row: "iceUdp", first: muxRow.first, last: muxRow.first }
        : { kind: "mux", row: "media", first: span.first, last: span.first };
    case "multiMux":
      // LiveKit binds at most one mux port for each core.
      return { kind: "mux", row: "media", first: span.first, last: span.first + Math.min(cores, portCount(span)) - 1 };
  }
}
