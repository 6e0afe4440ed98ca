import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type Dockerode from "dockerode";
import { parse } from "yaml";
import { type Fault, refuse } from "../model/fault";
import { type Fleet, planLocalFleet, portsInUse } from "../model/fleet";
import { redisRow } from "../model/port-plan";
import type { PortRow, Protocol } from "../model/ports";
import { type Configuration, parseConfiguration } from "../model/settings/parse";
import { readEnv } from "../stacks/env";
import { findHost } from "../stacks/host";
import { requireStackFile } from "./engine";

interface StackFile {
  readonly config?: Readonly<Record<string, unknown>>;
}

/**
 * Settings and plan of a local stack as its file and `.env` have them, without starting the engine.
 * @throws Refusal with everything that is wrong with them
 */
export async function planFromFile(stack: string): Promise<Configuration & { readonly fleet: Fleet }> {
  const file: StackFile = parse(readFileSync(requireStackFile(stack), "utf8")) ?? {};
  const own = Object.entries(file.config ?? {}).filter(([key]) => key.startsWith("livekit:"));
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

/**
 * Refuses when another program has a port that the stack is about to take. Does nothing while containers of the stack
 * run: the ports are theirs.
 */
export async function checkPorts(fleet: Fleet, docker: Dockerode): Promise<void> {
  const label = `livekit-stack=${fleet.namePrefix}`;
  if ((await docker.listContainers({ filters: { label: [label] } })).length > 0) return;
  const rows = portsInUse(fleet, fleet.nodes[0]).filter(({ purpose }) => purpose !== "relay");
  const faults = await Promise.all([
    ...rows.flatMap((row) => row.protocols.map((protocol) => portFault(fleet, row, protocol))),
    redisFault(fleet),
  ]);
  refuse(faults.filter((fault) => fault !== undefined));
}

async function portFault(fleet: Fleet, row: PortRow, protocol: Protocol): Promise<Fault | undefined> {
  if (await isFree(row.first, protocol)) return undefined;
  const name = Object.entries(fleet.ports).find(([, { purpose }]) => purpose === row.purpose)?.[0];
  return {
    key: `livekit:ports.${name}`,
    value: `${row.first}/${protocol}`,
    rule: "is taken by another program on this machine",
    fix: `Stop that program, or choose another port with: pulumi config set --path livekit:ports.${name} PORT`,
  };
}

async function redisFault({ settings }: Fleet): Promise<Fault | undefined> {
  const { first } = redisRow(settings);
  if (settings.redis.mode === "external" || (await isFree(first, "tcp", "127.0.0.1"))) return undefined;
  return {
    key: "livekit:redis.port",
    value: `${first}/tcp`,
    rule: "is taken by another program on this machine",
    fix: "Stop that program, or choose another port with: pulumi config set --path livekit:redis.port 16379",
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
