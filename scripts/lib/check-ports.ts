import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import type Dockerode from "dockerode";
import type { Fleet, FleetNode } from "../../model/fleet";
import type { ServiceKind } from "../../model/images";
import { labels } from "../../model/labels";
import { bindingKind, portsInUse } from "../../model/ports/binding";
import { monitoringPorts, redisRow } from "../../model/ports/internal";
import { type PortName, type PortRow, type Protocol, portCount } from "../../model/ports/table";
import { movePort } from "../../model/settings/port-rules";
import type { Settings } from "../../model/settings/schema";
import { type ConfigError, throwIfAny } from "../../model/user-error";
import { thisMachine } from "../toolchain/machine";
import { describeHolder, findPortHolders, type PortHolders, portName } from "./port-holder";

/**
 * Throws if another program uses a port that a service will bind. Ports of the stack's own running containers are
 * allowed.
 */
export async function checkPorts(fleet: Fleet, docker: Dockerode, { root } = thisMachine): Promise<void> {
  const free = await Promise.all(portClaims(fleet).map(async (claim) => ((await isFree(claim)) ? [] : [claim])));
  const taken = free.flat();
  if (taken.length === 0) return;
  const holders = findPortHolders();
  const own = await ownContainers(fleet, docker);
  const foreign = taken.filter((claim) => !own.some((container) => has(container, claim, holders, root)));
  throwIfAny(await Promise.all(foreign.map((claim) => portError(claim, holders, docker))));
}

/** A port that a service binds on this machine. */
interface PortClaim {
  readonly key: string;
  readonly kind: ServiceKind;
  readonly port: number;
  readonly protocol: Protocol;
  readonly address?: string;
  /** Alternative to stopping the program that uses the port. */
  readonly otherwise: string;
}

/** Lists every port that the services bind when they start. */
export function portClaims(fleet: Fleet): PortClaim[] {
  return [...tableClaims(fleet), ...internalClaims(fleet), ...monitoringClaims(fleet.nodes[0]), ...redisClaims(fleet)];
}

function tableClaims(fleet: Fleet): PortClaim[] {
  const { ports, settings } = fleet;
  const [node] = fleet.nodes;
  // Skips port ranges that the services bind only during calls: in such a range, the services themselves skip ports in
  // use. Does not skip a media range on a bridge network: Docker publishes the range, and so binds every port at start.
  const range = settings.mediaTransport === "range" && node.network === "host" ? [ports.media] : [];
  const late = [ports.relay, ...range].map(({ name }) => name);
  const rows = portsInUse(fleet, node).filter(({ name }) => !late.includes(name));
  return rows.flatMap((row) => {
    const moved = movable(row.name, settings);
    const kind = bindingKind(row, node);
    return numbers(row).flatMap((port) => row.protocols.map((protocol) => ({ ...moved, kind, port, protocol })));
  });
}

const loopback = { protocol: "tcp", address: "127.0.0.1" } as const;

function internalClaims({ nodes: [node] }: Fleet): PortClaim[] {
  // In a bridge network, each container has its own loopback interface.
  if (node.network === "bridge") return [];
  const servers = node.servers.filter(({ apiAddress }) => apiAddress === loopback.address);
  const several = { key: "livekit:nodes", otherwise: "run one server with: pulumi config set livekit:nodes 1" };
  return servers.map(({ apiPort }) => ({
    ...(node.servers.length > 1 ? several : monitored),
    kind: "livekit",
    port: apiPort,
    ...loopback,
  }));
}

const monitored = {
  key: "livekit:monitoring",
  otherwise: "disable monitoring with: pulumi config set livekit:monitoring false",
};

/** In a bridge network, only the dashboards are published. With host networking, the exporters bind host ports too. */
function monitoringClaims({ monitoring, network, servers }: FleetNode): PortClaim[] {
  if (monitoring === undefined) return [];
  const claim = (kind: ServiceKind, port: number): PortClaim => ({ ...monitored, kind, port, ...loopback });
  const exporters = [
    ...servers.flatMap(({ metricsPort }) => (metricsPort === undefined ? [] : [claim("livekit", metricsPort)])),
    claim("node-exporter", monitoringPorts.nodeExporter),
    claim("blackbox-exporter", monitoringPorts.blackboxExporter),
  ];
  return [
    claim("prometheus", monitoringPorts.prometheus),
    ...(monitoring.grafana ? [claim("grafana", monitoringPorts.grafana)] : []),
    ...(network === "host" ? exporters : []),
  ];
}

/**
 * With host networking, LiveKit connects to a published port of Redis. In a bridge network, it connects to the
 * container.
 */
function redisClaims({ settings, nodes: [node] }: Fleet): PortClaim[] {
  if (settings.redis.mode === "external" || node.network === "bridge") return [];
  const port = redisRow(settings).first;
  return [{ ...movable("redis", settings), kind: "redis", port, protocol: "tcp", address: "127.0.0.1" }];
}

function movable(name: PortName | "redis", settings: Settings): Pick<PortClaim, "key" | "otherwise"> {
  const key = name === "redis" ? "livekit:redis.port" : `livekit:ports.${name}`;
  return { key, otherwise: `choose another port with: ${movePort(name, settings)}` };
}

function numbers(row: PortRow): number[] {
  return Array.from({ length: portCount(row) }, (_, index) => row.first + index);
}

/** A running container of the stack, and how to recognise the ports that it uses. */
interface OwnContainer {
  readonly kind: string | undefined;
  readonly published: readonly string[];
  /** Main process of a container with host networking; undefined in a bridge network. */
  readonly hostPid?: number;
}

async function ownContainers({ namePrefix }: Fleet, docker: Dockerode): Promise<OwnContainer[]> {
  const running = await docker.listContainers({
    filters: { label: [`${labels.stack}=${namePrefix}`], status: ["running"] },
  });
  return Promise.all(
    running.map(async ({ Id, Labels, Ports, HostConfig }) => ({
      kind: Labels[labels.service],
      published: Ports.map(({ PublicPort, Type }) => `${PublicPort}/${Type}`),
      ...(HostConfig.NetworkMode === "host" && { hostPid: (await docker.getContainer(Id).inspect()).State.Pid }),
    })),
  );
}

/**
 * Reports whether a container uses a port. Without root, the process that uses the port may be hidden. The port then
 * counts as used by a container of the same service.
 */
function has(
  { kind, published, hostPid }: OwnContainer,
  claim: PortClaim,
  holders: PortHolders,
  seesAll: boolean,
): boolean {
  const name = portName(claim.port, claim.protocol);
  if (hostPid === undefined) return published.includes(name);
  return holders.get(name)?.includes(hostPid) ?? (!seesAll && kind === claim.kind);
}

async function portError(
  { key, port, protocol, otherwise }: PortClaim,
  holders: PortHolders,
  docker: Dockerode,
): Promise<ConfigError> {
  const value = portName(port, protocol);
  const rule = `the port is taken by ${await describeHolder(value, holders, docker)}`;
  return { key, value, rule, fix: `Stop the program that uses the port, or ${otherwise}` };
}

/** Reports whether a port is free. Errors other than "in use" count as free: the service reports them itself. */
async function isFree({ port, protocol, address = "0.0.0.0" }: PortClaim): Promise<boolean> {
  const socket = protocol === "tcp" ? createServer() : createSocket("udp4");
  try {
    const ready = once(socket, "listening");
    if ("listen" in socket) socket.listen(port, address);
    else socket.bind(port, address);
    await ready;
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EADDRINUSE";
  }
}
