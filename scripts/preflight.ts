import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type Dockerode from "dockerode";
import { parse } from "yaml";
import { type Fault, refuse } from "../model/fault";
import { type Fleet, planLocalFleet, portsInUse } from "../model/fleet";
import type { ServiceKind } from "../model/images";
import { labels } from "../model/labels";
import { redisRow } from "../model/port-plan";
import { type PortRow, type Protocol, portNames } from "../model/ports";
import { type Configuration, parseConfiguration } from "../model/settings/parse";
import { keySpecs } from "../model/settings/schema";
import { readEnv } from "../stacks/env";
import { findHost } from "../stacks/host";
import { requireStackFile } from "./engine";
import { portHolder } from "./port-holder";

interface StackFile {
  readonly config?: Readonly<Record<string, unknown>>;
}

/**
 * Settings and plan of a local stack as its file and `.env` have them, without starting the engine.
 * @throws Refusal with everything that is wrong with them
 */
export async function planFromFile(stack: string): Promise<Configuration & { readonly fleet: Fleet }> {
  const own = Object.entries(config(stack)).filter(([key]) => key.startsWith("livekit:"));
  const { secrets, machineFacts } = readEnv();
  const isEncrypted = ([, value]: [string, unknown]) =>
    typeof value === "object" && value !== null && "secure" in value;
  const configuration = parseConfiguration({
    values: Object.fromEntries(
      own.filter((entry) => !isEncrypted(entry)).map(([key, value]) => [bare(key), text(value)]),
    ),
    encrypted: new Set(own.filter(isEncrypted).map(([key]) => bare(key))),
    env: secrets,
  });
  return { ...configuration, fleet: planLocalFleet(configuration.settings, await findHost(machineFacts)) };
}

/** What the names of a stack's containers and volumes begin with, whatever else may be wrong with its settings. */
export function namePrefix(stack: string): string {
  return text(config(stack)["livekit:namePrefix"] || keySpecs.namePrefix.default);
}

function config(stack: string): NonNullable<StackFile["config"]> {
  const file: StackFile | null = parse(readFileSync(requireStackFile(stack), "utf8"));
  return file?.config ?? {};
}

/**
 * Refuses when another program has a port that a service is about to take. Those of a service whose container runs are
 * its own.
 */
export async function checkPorts(fleet: Fleet, docker: Dockerode): Promise<void> {
  const running = await docker.listContainers({
    filters: { label: [`${labels.stack}=${fleet.namePrefix}`], status: ["running"] },
  });
  const held = new Set(running.map((container) => container.Labels[labels.service]));
  const claims = portClaims(fleet).filter(({ kind }) => !held.has(kind));
  const faults = await Promise.all(claims.map((claim) => portFault(claim, docker)));
  refuse(faults.filter((fault) => fault !== undefined));
}

/** A port that a service of the machine binds. */
interface PortClaim {
  readonly key: string;
  readonly kind: ServiceKind;
  readonly port: number;
  readonly protocol: Protocol;
  readonly address?: string;
}

const kinds: Readonly<Record<PortRow["service"], ServiceKind>> = {
  LiveKit: "livekit",
  TURN: "coturn",
  nginx: "nginx",
  Redis: "redis",
};

function portClaims(fleet: Fleet): PortClaim[] {
  const { ports, settings } = fleet;
  const [node] = fleet.nodes;
  const rows = portsInUse(fleet, node).filter(({ purpose }) => purpose !== "relay");
  const claims = rows.flatMap(({ first, protocols, purpose, service }) => {
    const name = portNames.find((name) => ports[name].purpose === purpose);
    // nginx balances several servers.
    const kind = name === "api" && node.servers.length > 1 ? "nginx" : kinds[service];
    return protocols.map((protocol) => ({ key: `livekit:ports.${name}`, kind, port: first, protocol }));
  });
  if (settings.redis.mode === "external") return claims;
  const redis = { key: "livekit:redis.port", kind: "redis", port: redisRow(settings).first } as const;
  return [...claims, { ...redis, protocol: "tcp", address: "127.0.0.1" }];
}

async function portFault(claim: PortClaim, docker: Dockerode): Promise<Fault | undefined> {
  const { key, port, protocol, address } = claim;
  if (await isFree(port, protocol, address)) return undefined;
  return {
    key,
    value: `${port}/${protocol}`,
    rule: `is taken by ${await portHolder(port, protocol, docker)}`,
    fix: `Stop that, or choose another port with: pulumi config set --path ${key} PORT`,
  };
}

/** Whether a socket can be bound. Other errors than "in use" are the service's own to report. */
async function isFree(port: number, protocol: Protocol, address = "0.0.0.0"): Promise<boolean> {
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

function bare(key: string): string {
  return key.slice("livekit:".length);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
