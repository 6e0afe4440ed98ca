import { allKinds, awsKinds, officialImageName, type ServiceKind, serviceKinds } from "./images";
import { portTable, slice } from "./port-plan";
import { internalPorts, type PortRow, type PortTable, portCount } from "./ports";
import type { PortSpan } from "./settings/formats";
import { candidateErrors } from "./settings/port-rules";
import type { Settings } from "./settings/schema";
import { throwIfAny } from "./user-error";

/** What only the machine itself knows of a local stack. */
export interface Host {
  /** IPv4 address of the default route's interface; 127.0.0.1 without a network. */
  readonly address: string;
  /** IPv4 addresses of all its interfaces. */
  readonly addresses: readonly string[];
  readonly cores: number;
  /** `bridge` where the engine's "host" is not this machine: Docker Desktop's virtual machine, a rootless engine. */
  readonly network: "host" | "bridge";
  /** Whether official images can be pulled here, or are built from package registries. */
  readonly imageSource: "registry" | "build";
  readonly hostName: string;
}

/** A region as LiveKit's choice of a near node knows it. Degrees. */
export interface FleetRegion {
  readonly name: string;
  readonly lat: number;
  readonly lon: number;
}

/** A Redis that all nodes share. */
export interface SharedRedis {
  /** `host:port`: Redis itself, or the Sentinels that name it. */
  readonly addresses: readonly [string, ...string[]];
  readonly tls: boolean;
  readonly username?: string | undefined;
  readonly db?: number | undefined;
  /** PEM of the authorities that sign its certificate. @default the public ones */
  readonly ca?: string | undefined;
  readonly sentinel?: { readonly master: string; readonly auth: boolean };
}

/** UDP ports that one LiveKit server binds: `mux` shares each between all participants, `range` takes two for each. */
export interface MediaPorts extends PortSpan {
  readonly kind: "mux" | "range";
}

/** One LiveKit server process. */
export interface LiveKitServer {
  /** `livekit`, `livekit-2`, ... */
  readonly name: string;
  readonly apiPort: number;
  /** Behind nginx the API listens on loopback only. */
  readonly apiAddress: "0.0.0.0" | "127.0.0.1";
  /** Only one server of a machine can have the ICE/TCP port. */
  readonly iceTcpPort?: number;
  readonly media: MediaPorts;
  /** Where it tells its counters, to who has their password. @default nowhere */
  readonly metricsPort?: number;
}

/** One machine of the stack. */
export interface FleetNode {
  readonly name: string;
  /** Clients reach the node here; LiveKit advertises it. */
  readonly publicAddress: string;
  /** The address the node itself owns; equal to the public one without NAT. */
  readonly privateAddress: string;
  readonly network: "host" | "bridge";
  /** LiveKit's name for where the node is. @default the node is in no region */
  readonly region?: string;
  readonly servers: readonly [LiveKitServer, ...LiveKitServer[]];
  /** @default not known, or other nodes have others: LiveKit measures every node by the limits of the one that is asked */
  readonly vcpus?: number;
  /** @default not known: services have no limits of memory by its size */
  readonly memoryMegabytes?: number;
  /** Names and addresses that the node's certificate covers, the API's first. */
  readonly certificateNames: readonly string[];
  readonly apiName: string;
  /** The name under which the node's LiveKit hands out the node's own relay. */
  readonly turnName: string;
  /** The fleet's relays have one realm, which is also a name that each of them is reached by. */
  readonly turnRealm: string;
  /** 443 tells HTTPS from TURN/TLS by name only when the two names differ. */
  readonly turnBySni: boolean;
  /** Lower ports of the machine's own network are root's: 1024, where its kernel is not told otherwise. */
  readonly firstUnprivilegedPort: number;
  /** In its `database` Coturn's secrets change while it runs; from its `file` it reads them once. */
  readonly turnSecretStore: "file" | "database";
  /** The machine's file of trusted authorities (PEM), where LiveKit has to trust them. @default its image's own */
  readonly caFile?: string;
  /** Prometheus, the exporters, and Grafana where its image can be had. @default none of them */
  readonly monitoring?: { readonly grafana: boolean };
  /** Where nginx tells what the node counts to a Prometheus elsewhere; brings the node exporter. @default nowhere */
  readonly scrapePort?: number;
  /** Where CloudWatch takes its services' logs. @default they stay on the machine */
  readonly logs?: { readonly region: string; readonly group: string };
}

/** The plan of a whole stack: plain data, no secrets. */
export interface Fleet {
  readonly namePrefix: string;
  readonly ports: PortTable;
  readonly settings: Settings;
  readonly nodes: readonly [FleetNode, ...FleetNode[]];
  /** Every address that an SFU of the fleet sends media from: the only peers a relay may have. */
  readonly sfuAddresses: readonly string[];
  /** Where nodes are or could be, for LiveKit's choice between them. Empty where there is never a choice. */
  readonly regions: readonly FleetRegion[];
  /** @default every node has a Redis of its own */
  readonly redis?: SharedRedis;
}

/** Paths on the scrape port. */
export const scrapePaths = { livekit: "/livekit", node: "/node" } as const;

/** The job of the machines' own numbers: whoever else's Prometheus reads them has other machines, too. */
export const nodeJob = "livekit-node";

/**
 * Plans the local stack: one machine that runs everything.
 * @throws Refusal where the settings don't suit the machine
 */
export function planLocalFleet(settings: Settings, host: Host): Fleet {
  const ports = portTable(settings);
  const publicAddress = settings.publicAddress ?? host.address;
  // An address that no interface has is a router's, which passes the ports on.
  const privateAddress = host.addresses.includes(publicAddress) ? publicAddress : host.address;
  const network = mediaNetwork(settings, host);
  throwIfAny(candidateErrors(settings, publicAddress));
  const { domain } = settings;
  const apiName = domain ? `livekit.${domain}` : publicAddress;
  const turnName = domain ? `turn.${domain}` : publicAddress;
  const names = [apiName, turnName, publicAddress, "localhost", "127.0.0.1", host.hostName, `${host.hostName}.local`];
  const servers = Array.from({ length: settings.nodes }, (_, index) =>
    planServer(index, settings, ports, host.cores, network),
  );
  const node: FleetNode = {
    name: "local",
    publicAddress,
    privateAddress,
    network,
    servers: servers as [LiveKitServer, ...LiveKitServer[]],
    vcpus: host.cores,
    certificateNames: [...new Set(names)],
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

/** The Redis that the settings name; undefined where the stack has its own. */
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

/** `livekit:network`, with `auto` decided by the machine. */
function mediaNetwork({ network }: Settings, host: Host): Host["network"] {
  if (network === "bridge" && host.network === "host") {
    throwIfAny([
      {
        key: "livekit:network",
        value: network,
        rule: "carries no TURN on this machine: from a bridge Docker answers the relay from an address that no client permits",
        fix: "Let the machine decide with: pulumi config set livekit:network auto",
      },
    ]);
  }
  return network === "auto" ? host.network : network;
}

/** The image of each service: the user's own, which is never built, else the one that `defaultName` gives. */
export function imageNames(
  settings: Settings,
  defaultName: (kind: ServiceKind) => string = officialImageName,
): Readonly<Record<ServiceKind, string>> {
  const names = allKinds.map((kind) => [kind, settings.images[kind] ?? defaultName(kind)]);
  return Object.fromEntries(names) as Record<ServiceKind, string>;
}

/** The services that a stack runs, where its images are from this source. */
export function runningKinds(settings: Settings, source: Host["imageSource"]): readonly ServiceKind[] {
  if (!settings.monitoring) return serviceKinds;
  if (settings.target === "aws") return awsKinds;
  return allKinds.filter((kind) => kind !== "grafana" || hasGrafana(settings, source));
}

/** Grafana is in no package registry: where images are built it runs from an image of the user's own alone. */
function hasGrafana({ images }: Settings, source: Host["imageSource"]): boolean {
  return source === "registry" || images["grafana"] !== undefined;
}

/** `livekit:imageSource`, with `auto` decided by what serves on this machine. */
export function imageSource(settings: Settings, here: Host["imageSource"]): Host["imageSource"] {
  return settings.imageSource === "auto" ? here : settings.imageSource;
}

/** Rows of the port table that a node's services listen on, narrowed to the ports in use. Relay ports open with a call. */
export function portsInUse({ ports }: Fleet, node: FleetNode): PortRow[] {
  const media = node.servers.map(({ media: { first, last } }): PortRow => {
    const row = first === ports.iceUdp.first ? ports.iceUdp : ports.media;
    return { ...row, first, last };
  });
  return [ports.api, ports.iceTcp, ...media, ports.turn, ports.turnTls, ports.relay, ports.https];
}

/** Whether nginx has the API's port on this node, and LiveKit one behind it. */
export function isApiBehindNginx({ servers: [server, ...others] }: FleetNode): boolean {
  return others.length > 0 || server.apiAddress === "127.0.0.1";
}

function planServer(
  index: number,
  { nodes, mediaTransport, monitoring }: Settings,
  ports: PortTable,
  cores: number,
  network: FleetNode["network"],
): LiveKitServer {
  // LiveKit tells its counters on every address that it has the API on.
  const behindNginx = (nodes > 1 || monitoring) && network === "host";
  return {
    name: index === 0 ? "livekit" : `livekit-${index + 1}`,
    // A bridged server has a network, and so port numbers, of its own.
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
      return { kind: "range", ...span };
    case "mux":
      // One server has the table's mux port; the others take the first port of their slice.
      return { kind: "mux", first: (muxRow ?? span).first, last: (muxRow ?? span).first };
    case "multiMux":
      // LiveKit binds no more of them than it has cores.
      return { kind: "mux", first: span.first, last: span.first + Math.min(cores, portCount(span)) - 1 };
  }
}
