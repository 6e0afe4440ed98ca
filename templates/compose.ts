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

/** Start of every rendered file. It distinguishes rendered files from files that the user wrote. */
export const renderedHeader = "# Rendered by npm run render";

/** First line of a compose.yaml. */
export const composeHeader = `${renderedHeader}; run it in this folder with: docker compose up -d`;

/** Name of the stack's network within the file. */
const network = "stack";

/** Log driver of a service, in compose.yaml's format. */
export type Logging = (service: string) => {
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
};

const onTheMachine: Logging = () => ({ driver: "json-file", options: logLimits });

/** Options that depend on the Docker engine that runs the compose.yaml. */
export interface ComposeOptions {
  /** Log driver of each service. @default Docker's json-file driver with a size limit */
  readonly logging?: Logging;
  /** Times of the health checks. @default times that suit every Docker version */
  readonly health?: HealthTimes;
}

/**
 * Renders compose.yaml for one node's services, with the same hardening as the local stack's containers. It contains no
 * secret. The files of a service are in `./<service>`, beside compose.yaml. The service mounts this folder read-only at
 * /config.
 * @param specs services in start order
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
  // Compose up to 1.29 parses YAML 1.1, where an unquoted 999:0 is a base-60 number.
  const text = stringify(document, { aliasDuplicateObjects: false, version: "1.1" });
  // Compose interpolates environment variables at every unescaped `$`.
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
