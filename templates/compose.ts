import { stringify } from "yaml";
import type { Fleet } from "../model/fleet";
import type { ServiceKind } from "../model/images";
import { labels } from "../model/labels";
import {
  configFolder,
  type HealthTimes,
  healthTimes,
  logLimits,
  type ServiceSpec,
  scratchOptions,
  startsAfter,
  volumeName,
} from "../model/service";

/** What every rendering begins with: tells our own from a file that somebody else wrote. */
export const renderedHeader = "# Rendered by npm run render";

/** First line of a compose.yaml. */
export const composeHeader = `${renderedHeader}; run it in this folder with: docker compose up -d`;

/** The stack's network and its name within the file. */
const network = "stack";

/** Where a service's log goes, as compose.yaml has it. */
export type Logging = (service: string) => {
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
};

const onTheMachine: Logging = () => ({ driver: "json-file", options: logLimits });

/** What differs between the engines that run a compose.yaml. */
export interface ComposeOptions {
  /** Of each service. @default a capped file of Docker's */
  readonly logging?: Logging;
  /** @default for any engine */
  readonly health?: HealthTimes;
}

/**
 * Renders compose.yaml of one node's services, hardened as the containers of the local stack are. Holds no secret: a
 * service's files are expected beside it in `./<service>`, mounted read-only at /config.
 * @param specs in the order in which they start
 */
export function renderCompose(
  fleet: Fleet,
  specs: readonly ServiceSpec[],
  images: Readonly<Record<ServiceKind, string>>,
  { logging = onTheMachine, health = healthTimes }: ComposeOptions = {},
): string {
  const { namePrefix } = fleet;
  const volumes = specs.flatMap(({ data }) => (data ? [data.volume] : []));
  const document = {
    services: Object.fromEntries(
      specs.map((spec) => [spec.name, service(fleet, spec, specs, images[spec.kind], logging(spec.name), health)]),
    ),
    networks: { [network]: { name: namePrefix, driver: "bridge" } },
    volumes: Object.fromEntries(volumes.map((volume) => [volume, { name: volumeName(namePrefix, volume) }])),
  };
  // Compose up to 1.29 reads YAML 1.1, where a bare 999:0 is a number of base 60.
  const text = stringify(document, { aliasDuplicateObjects: false, version: "1.1" });
  // Compose puts variables of its own environment in the place of every bare `$`.
  return `${composeHeader}\n${text.replaceAll("$", () => "$$")}`;
}

function service(
  { namePrefix, settings }: Fleet,
  spec: ServiceSpec,
  specs: readonly ServiceSpec[],
  image: string,
  logging: ReturnType<Logging>,
  health: HealthTimes,
) {
  return {
    container_name: `${namePrefix}-${spec.name}`,
    image,
    entrypoint: spec.entrypoint,
    command: spec.command,
    user: spec.user,
    ...(spec.environment && { environment: spec.environment }),
    ...networking(spec),
    ...hardening(spec, logging),
    volumes: [
      `./${spec.name}:${configFolder}:ro`,
      ...(spec.machineFiles ?? []).map((path) => `${path}:${path}:ro`),
      ...(spec.data ? [`${spec.data.volume}:${spec.data.path}`] : []),
    ],
    ...supervision(spec, health),
    depends_on: dependsOn(spec, specs),
    labels: { ...settings.tags, [labels.stack]: namePrefix, [labels.service]: spec.kind },
  };
}

function networking({ network: mode, aliases, publications, hosts }: ServiceSpec) {
  const extra_hosts = Object.fromEntries(hosts.map(({ name, address }) => [name, address]));
  if (mode === "host") return { network_mode: "host", extra_hosts };
  return {
    networks: { [network]: { aliases } },
    extra_hosts,
    ports: publications.map(({ port, protocol, address }) => `${address ?? "0.0.0.0"}:${port}:${port}/${protocol}`),
  };
}

function hardening({ capabilities, memoryMegabytes, openFiles }: ServiceSpec, logging: ReturnType<Logging>) {
  return {
    read_only: true,
    tmpfs: [`/tmp:${scratchOptions}`],
    cap_drop: ["ALL"],
    cap_add: capabilities,
    security_opt: ["no-new-privileges:true"],
    logging,
    ...(memoryMegabytes && { mem_limit: `${memoryMegabytes}m`, memswap_limit: `${memoryMegabytes}m` }),
    ...(openFiles && { ulimits: { nofile: { soft: openFiles, hard: openFiles } } }),
  };
}

function supervision({ healthCommand, stopGraceSeconds }: ServiceSpec, health: HealthTimes) {
  const { startIntervalSeconds } = health;
  return {
    restart: "always",
    stop_grace_period: `${stopGraceSeconds}s`,
    healthcheck: {
      test: ["CMD", ...healthCommand],
      interval: `${health.intervalSeconds}s`,
      timeout: `${health.timeoutSeconds}s`,
      retries: health.retries,
      start_period: `${health.startPeriodSeconds}s`,
      ...(startIntervalSeconds && { start_interval: `${startIntervalSeconds}s` }),
    },
  };
}

function dependsOn({ kind }: ServiceSpec, specs: readonly ServiceSpec[]) {
  const before = specs.filter((other) => startsAfter[kind].includes(other.kind));
  return Object.fromEntries(before.map(({ name }) => [name, { condition: "service_healthy" }]));
}
