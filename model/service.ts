import type { ServiceKind } from "./images";
import type { Protocol } from "./ports/table";
import type { Secrets } from "./settings/secrets";

/** A certificate chain and its private key, both PEM. */
export interface Certificate {
  readonly chain: string;
  readonly key: string;
}

/** Inputs of file rendering that are not in the plan. */
export interface FileInputs {
  readonly secrets: Secrets;
  readonly certificate: Certificate;
}

/** A file that a service reads. Root owns it. */
export interface ServiceFile {
  /** Absolute path in the container. */
  readonly path: string;
  /** Renders the content. */
  readonly render: (inputs: FileInputs) => string;
  /** Whether every user may read the file, because it holds no secret. @default only group 0 may read the file */
  readonly readableByAll?: boolean;
}

/** Returns the mode of a service's file as four octal digits. */
export function permissions({ readableByAll }: ServiceFile): string {
  return readableByAll ? "0644" : "0640";
}

/** Content of files, by service name and path in the container. */
export type FileContents = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Renders the files of services. The result contains secrets. */
export function renderFiles(specs: readonly Pick<ServiceSpec, "name" | "files">[], inputs: FileInputs): FileContents {
  return Object.fromEntries(
    specs.map(({ name, files }) => [name, Object.fromEntries(files.map(({ path, render }) => [path, render(inputs)]))]),
  );
}

/** A container port published on the machine. Only for services that do not use the host network. */
export interface Publication {
  readonly port: number;
  readonly protocol: Protocol;
  /** Machine address to listen on. @default all */
  readonly address?: string;
}

/** A command that runs a service's own program to validate its files. */
export interface Validation {
  /** Arguments of the program. */
  readonly command: readonly string[];
  /** Output when the files are valid. Needed because LiveKit before 1.13.10 always exits with 0. */
  readonly accepts: string;
  /** Whether the command connects to other machines. @default the container has no network */
  readonly isOnline?: boolean;
  /** Names that the program resolves without connecting to them. @default none */
  readonly names?: readonly string[];
  /** What the user can do when the files are rejected. */
  readonly fix: string;
}

/**
 * One hardened container, described for Docker, a compose file and a node's `apply`. Every container has a read-only
 * root, only the listed capabilities, no new privileges, a capped log and automatic restarts. The description holds no
 * secret: {@link renderFiles} renders the content of the files.
 */
export interface ServiceSpec {
  /** Name within the stack, e.g. `livekit-2`. The container is called `<namePrefix>-<name>`. */
  readonly name: string;
  readonly kind: ServiceKind;
  /** DNS names of the service on the stack's own network. */
  readonly aliases: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `uid:gid`. Group 0 can read the files. */
  readonly user: string;
  readonly network: "host" | "bridge";
  readonly publications: readonly Publication[];
  /** Extra entries of the container's /etc/hosts. */
  readonly hosts: readonly { readonly name: string; readonly address: string }[];
  readonly capabilities: readonly string[];
  readonly files: readonly ServiceFile[];
  /** Validations that the local target runs before it replaces the running container. @default none */
  readonly validations?: readonly Validation[];
  /** Machine files mounted read-only at the same path in the container. */
  readonly machineFiles?: readonly string[];
  /** A named volume that outlives the container. */
  readonly data?: { readonly volume: string; readonly path: string };
  /** Exits with 0 when the service is healthy. */
  readonly healthCommand: readonly string[];
  readonly stopGraceSeconds: number;
  /** Memory limit including swap. @default the machine's memory */
  readonly memoryMegabytes?: number;
  /** Only for compose files. Must hold no secret, because the engine shows it. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Limit of open files and sockets. @default the engine's limit */
  readonly openFiles?: number;
}

/** Suffixes of the names of a stack's volumes. */
export const dataVolumes = { redis: "redis-data", coturn: "coturn-data", prometheus: "prometheus-data" } as const;

/**
 * Returns a volume's full name. The name, and not a label, identifies the volume's stack, because adding a label to an
 * existing volume would replace the volume.
 */
export function volumeName(namePrefix: string, volume: string): string {
  return `${namePrefix}-${volume}`;
}

/** Folder of a service's files: a volume of its own, so that the container's root stays read-only. */
export const configFolder = "/config";

/**
 * Services that must start before each service. LiveKit exits without Redis; nginx exits if an upstream name does not
 * resolve.
 */
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

/** Mount options of /tmp. A service can write only to /tmp and to its data volume. */
export const scratchOptions = "rw,noexec,nosuid,size=64m";

/** Rotation limits of Docker's json-file log driver, for each container. */
export const logLimits = { "max-size": "10m", "max-file": "3" } as const;

/** Timing of a service's Docker health check. */
export interface HealthTimes {
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly retries: number;
  readonly startPeriodSeconds: number;
  /** Interval during the start period, until the service is healthy. @default `intervalSeconds` */
  readonly startIntervalSeconds?: number;
}

/**
 * Health check times for any Docker version. The interval is short because Docker before 25.0 waits a whole interval
 * before the first check.
 */
export const healthTimes: HealthTimes = { intervalSeconds: 2, timeoutSeconds: 5, retries: 10, startPeriodSeconds: 2 };

/**
 * Health check times for nodes, which run Docker 26.1 from Debian 13. Each check starts a process in its container and
 * costs about 60 ms of CPU. Checking five services every two seconds would take a sixth of a core.
 */
export const nodeHealthTimes: HealthTimes = {
  intervalSeconds: 15,
  timeoutSeconds: 5,
  retries: 3,
  startPeriodSeconds: 60,
  startIntervalSeconds: 1,
};
