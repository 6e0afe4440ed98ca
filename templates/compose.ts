import { stringify } from "yaml";
import type { Fleet } from "../model/fleet";
import type { ServiceKind } from "../model/images";
import { configFolder, type ServiceSpec } from "../model/service";

/** First line of every rendering: tells our own from a file that somebody else wrote. */
export const composeHeader = "# Rendered by npm run render; run it in this folder with: docker compose up -d";

/** The stack's network and its name within the file. */
const network = "stack";

/** LiveKit exits while Redis is away, nginx while its upstreams have no address: each waits for those before it. */
const dependencies: Readonly<Record<ServiceKind, readonly ServiceKind[]>> = {
  redis: [],
  coturn: [],
  livekit: ["redis"],
  nginx: ["livekit", "coturn"],
};

/**
 * Renders compose.yaml of one node's services, hardened as the containers of the local stack are. Holds no secret: a
 * service's files are expected beside it in `./<service>`, mounted read-only at /config.
 * @param specs in the order in which they start
 */
export function renderCompose(
  fleet: Fleet,
  specs: readonly ServiceSpec[],
  images: Readonly<Record<ServiceKind, string>>,
): string {
  const { namePrefix } = fleet;
  const volumes = specs.flatMap(({ data }) => (data ? [data.volume] : []));
  const document = {
    services: Object.fromEntries(specs.map((spec) => [spec.name, service(fleet, spec, specs, images[spec.kind])])),
    networks: { [network]: { name: namePrefix, driver: "bridge" } },
    volumes: Object.fromEntries(volumes.map((volume) => [volume, { name: `${namePrefix}-${volume}` }])),
  };
  // Compose would put variables of its own environment in the place of every `$`.
  return `${composeHeader}\n${stringify(document, { aliasDuplicateObjects: false }).replaceAll("$", () => "$$")}`;
}

function service({ namePrefix, settings }: Fleet, spec: ServiceSpec, specs: readonly ServiceSpec[], image: string) {
  return {
    container_name: `${namePrefix}-${spec.name}`,
    image,
    entrypoint: spec.entrypoint,
    command: spec.command,
    user: spec.user,
    ...networking(spec),
    ...hardening(spec),
    volumes: [`./${spec.name}:${configFolder}:ro`, ...(spec.data ? [`${spec.data.volume}:${spec.data.path}`] : [])],
    ...supervision(spec),
    depends_on: dependsOn(spec, specs),
    labels: { ...settings.tags, "livekit-stack": namePrefix, "livekit-stack-service": spec.kind },
  };
}

function networking({ network: mode, aliases, publications, hosts }: ServiceSpec) {
  const extra_hosts = hosts.map(({ name, address }) => `${name}:${address}`);
  if (mode === "host") return { network_mode: "host", extra_hosts };
  return {
    networks: { [network]: { aliases } },
    extra_hosts,
    ports: publications.map(({ port, protocol, address }) => `${address ?? "0.0.0.0"}:${port}:${port}/${protocol}`),
  };
}

function hardening({ capabilities }: ServiceSpec) {
  return {
    read_only: true,
    tmpfs: ["/tmp:rw,noexec,nosuid,size=64m"],
    cap_drop: ["ALL"],
    cap_add: capabilities,
    security_opt: ["no-new-privileges:true"],
    logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } },
  };
}

function supervision({ healthCommand, stopGraceSeconds }: ServiceSpec) {
  return {
    restart: "always",
    stop_grace_period: `${stopGraceSeconds}s`,
    healthcheck: {
      test: ["CMD", ...healthCommand],
      interval: "2s",
      timeout: "5s",
      retries: 10,
      start_period: "2s",
    },
  };
}

function dependsOn({ kind }: ServiceSpec, specs: readonly ServiceSpec[]) {
  const before = specs.filter((other) => dependencies[kind].includes(other.kind));
  return Object.fromEntries(before.map(({ name }) => [name, { condition: "service_healthy" }]));
}
