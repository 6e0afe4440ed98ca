import type { ServiceKind } from "./images";
import type { Protocol } from "./ports";

/** A file that a service reads, owned by root. */
export interface ServiceFile {
  /** Absolute path in the container. */
  readonly path: string;
  readonly content: string;
  /** Holds nothing secret. @default readable by the container's group 0, and no other */
  readonly readableByAll?: boolean;
}

/** Permissions that a service's file is written with, four octal digits. */
export function permissions({ readableByAll }: ServiceFile): string {
  return readableByAll ? "0644" : "0640";
}

/** A container port made reachable on the machine; only for services that do not use the machine's own network. */
export interface Publication {
  readonly port: number;
  readonly protocol: Protocol;
  /** Address of the machine to listen on. @default all */
  readonly address?: string;
}

/** A command with which a service's own program validates its files and exits. */
export interface Validation {
  /** Arguments of the program. */
  readonly command: readonly string[];
  /** Its output when it accepts them. LiveKit before 1.13.10 always exits with 0. */
  readonly accepts: string;
  /** Whether it connects to other machines. @default it has no network */
  readonly isOnline?: boolean;
  /** Names that it resolves without connecting to them. @default none */
  readonly names?: readonly string[];
  /** What the user can do when it rejects them. */
  readonly fix: string;
}

/**
 * One hardened container: what Docker, a compose file and a node's `apply` all need to know. Every container has a
 * read-only root, no capability but those named, no new privileges, a capped log, and restarts by itself.
 */
export interface ServiceSpec {
  /** Name within the stack, e.g. `livekit-2`; the container is called `<namePrefix>-<name>`. */
  readonly name: string;
  readonly kind: ServiceKind;
  /** Names of the service on the stack's own network. */
  readonly aliases: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `uid:gid`; group 0 reads the files. */
  readonly user: string;
  readonly network: "host" | "bridge";
  readonly publications: readonly Publication[];
  /** Names the container resolves beside DNS. */
  readonly hosts: readonly { readonly name: string; readonly address: string }[];
  readonly capabilities: readonly string[];
  readonly files: readonly ServiceFile[];
  /** On the local target, before the running container is replaced. @default none */
  readonly validations?: readonly Validation[];
  /** Files of the machine that the container sees, read-only and at the same path. */
  readonly machineFiles?: readonly string[];
  /** A named volume that outlives the container. */
  readonly data?: { readonly volume: string; readonly path: string };
  /** Exits 0 when the service serves. */
  readonly healthCommand: readonly string[];
  readonly stopGraceSeconds: number;
  /** What the engine lets it use, swap included. @default what the machine has */
  readonly memoryMegabytes?: number;
  /** In compose files alone. Nothing secret: the engine shows it. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Files and sockets that it may have open. @default the engine's limit */
  readonly openFiles?: number;
}

/** The parts of a name by which a stack's volumes differ. */
export const dataVolumes = { redis: "redis-data", coturn: "coturn-data", prometheus: "prometheus-data" } as const;

/** A volume has no label that tells whose it is (a label added later would replace it): its name does. */
export function volumeName(namePrefix: string, volume: string): string {
  return `${namePrefix}-${volume}`;
}

/** Where a service's files are: a volume of the container's own, so that its root can stay read-only. */
export const configFolder = "/config";

/** LiveKit exits while Redis is away, nginx while its upstreams have no address: each waits for those before it. */
export const startsAfter: Readonly<Record<ServiceKind, readonly ServiceKind[]>> = {
  redis: [],
  coturn: [],
  livekit: ["redis"],
  nginx: ["livekit", "coturn"],
  prometheus: [],
  "node-exporter": [],
  "blackbox-exporter": [],
  grafana: [],
};

/** Mount options of /tmp, the one place a service can write beside its data. */
export const scratchOptions = "rw,noexec,nosuid,size=64m";

/** What Docker's json-file driver keeps of each container's log. */
export const logLimits = { "max-size": "10m", "max-file": "3" } as const;

/** When Docker runs a service's health check. */
export interface HealthTimes {
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly retries: number;
  readonly startPeriodSeconds: number;
  /** Interval until the service is healthy, during the start period. @default the same interval as afterwards */
  readonly startIntervalSeconds?: number;
}

/** For any Docker engine: one before 25.0 waits a whole interval before the first check. */
export const healthTimes: HealthTimes = { intervalSeconds: 2, timeoutSeconds: 5, retries: 10, startPeriodSeconds: 2 };

/**
 * For nodes, whose engine is Debian 13's 26.1. Each check starts a process in its container, which costs some 60 ms of a
 * processor: every two seconds, five services would take a sixth of it.
 */
export const nodeHealthTimes: HealthTimes = {
  intervalSeconds: 15,
  timeoutSeconds: 5,
  retries: 3,
  startPeriodSeconds: 60,
  startIntervalSeconds: 1,
};
