import type { ContainerCreateOptions } from "dockerode";
import { toLabelMap } from "../../provider-kit/docker";
import type { ContainerInputs } from "./container-inputs";
import { parseDuration } from "./duration";

const bytesPerMebibyte = 1024 * 1024;

/** Builds the create request. Connecting networks, uploading files and starting are separate steps. */
export function toCreateOptions(inputs: ContainerInputs): ContainerCreateOptions {
  const volumes = inputs.volumes ?? [];
  const ports = inputs.ports ?? [];
  return {
    name: inputs.name,
    Image: inputs.image,
    Cmd: inputs.command,
    Entrypoint: inputs.entrypoints,
    User: inputs.user,
    Labels: toLabelMap(inputs.labels),
    ExposedPorts: Object.fromEntries(ports.map((port) => [portKey(port), {}])),
    Volumes: Object.fromEntries(volumes.flatMap(({ containerPath }) => (containerPath ? [[containerPath, {}]] : []))),
    Healthcheck: inputs.healthcheck && toHealthConfig(inputs.healthcheck),
    StopSignal: inputs.stopSignal,
    StopTimeout: inputs.stopTimeout,
    HostConfig: {
      NetworkMode: inputs.networkMode,
      PortBindings: toPortBindings(ports),
      ExtraHosts: inputs.hosts?.map(({ host, ip }) => `${host}:${ip}`),
      Binds: volumes.flatMap(({ containerPath, volumeName, readOnly }) =>
        containerPath && volumeName ? [`${volumeName}:${containerPath}:${readOnly ? "ro" : "rw"}`] : [],
      ),
      VolumesFrom: volumes.flatMap(({ fromContainer }) => fromContainer ?? []),
      Tmpfs: inputs.tmpfs,
      ReadonlyRootfs: inputs.readOnly,
      CapAdd: inputs.capabilities?.adds,
      CapDrop: inputs.capabilities?.drops,
      SecurityOpt: inputs.securityOpts,
      GroupAdd: inputs.groupAdds,
      Ulimits: inputs.ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
      Sysctls: inputs.sysctls,
      Init: inputs.init ?? false,
      LogConfig: { Type: inputs.logDriver ?? "", Config: inputs.logOpts ?? {} },
      ...toUpdateOptions(inputs),
    },
  };
}

/** Builds the request for changes to a running container. */
export function toUpdateOptions({ restart, memory, memorySwap }: ContainerInputs) {
  return {
    RestartPolicy: { Name: restart },
    Memory: memory && memory * bytesPerMebibyte,
    MemorySwap: memorySwap && (memorySwap > 0 ? memorySwap * bytesPerMebibyte : memorySwap),
  };
}

/** Converts bytes to the unit of the inputs; keeps -1, which means unlimited. */
export function toMebibytes(bytes: number | undefined): number {
  return bytes && bytes > 0 ? Math.floor(bytes / bytesPerMebibyte) : (bytes ?? 0);
}

type Port = NonNullable<ContainerInputs["ports"]>[number];

function toPortBindings(ports: readonly Port[]): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports) {
    bindings[portKey(port)] ??= [];
    bindings[portKey(port)]?.push({ HostIp: port.ip, HostPort: String(port.external ?? 0) });
  }
  return bindings;
}

function portKey({ internal, protocol }: Port): string {
  return `${internal}/${protocol}`;
}

function toHealthConfig(healthcheck: NonNullable<ContainerInputs["healthcheck"]>) {
  return {
    Test: healthcheck.tests,
    Interval: parseDuration(healthcheck.interval),
    Timeout: parseDuration(healthcheck.timeout),
    StartPeriod: parseDuration(healthcheck.startPeriod),
    StartInterval: parseDuration(healthcheck.startInterval),
    Retries: healthcheck.retries ?? 0,
  };
}
