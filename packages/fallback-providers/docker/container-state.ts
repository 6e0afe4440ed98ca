import type { ContainerInspectInfo } from "dockerode";
import { schemaVersion } from "../../provider-kit/docker";
import type { Properties } from "../../provider-kit/values";
import { toMebibytes } from "./container-spec";
import { formatDuration } from "./duration";

/**
 * Returns a container's outputs as the official plugin's read function stores them. Most values come from Docker.
 * Labels and volumes come from the state, because Docker merges them with the image's own. Uploads and wait come from
 * the state, because Docker doesn't store them. A stopped container that should run gets `mustRun: false` and no ports.
 */
export function toOutputs(found: ContainerInspectInfo, state: Properties): Properties {
  const { HostConfig: host, State: status } = found;
  const config: ContainerInspectInfo["Config"] & { StopSignal?: string; StopTimeout?: number } = found.Config;
  return {
    ...notRead,
    ...state,
    ...schemaVersion(2),
    id: found.Id,
    name: found.Name.replace(/^\//, ""),
    image: String(state["image"] ?? "").startsWith("sha256:") ? found.Image : config.Image,
    platform: found.Platform,
    ...(status.Running ? {} : { exitCode: status.ExitCode }),
    mustRun: status.Running && (state["mustRun"] ?? true),
    bridge: "", // Bridge name in Docker's first releases; always empty now.
    networkDatas: networkDatas(found),
    ...(state["ports"] ? { ports: portsOf(found) } : {}),

    hostname: config.Hostname,
    domainname: config.Domainname,
    command: config.Cmd ?? [],
    entrypoints: config.Entrypoint ?? [],
    user: config.User,
    workingDir: config.WorkingDir,
    tty: config.Tty,
    stdinOpen: config.OpenStdin,
    stopSignal: config.StopSignal ?? "",
    stopTimeout: config.StopTimeout ?? 0,
    ...(config.Healthcheck ? { healthcheck: healthcheckOf(config.Healthcheck) } : {}),

    networkMode: host.NetworkMode,
    readOnly: host.ReadonlyRootfs,
    rm: host.AutoRemove,
    privileged: host.Privileged,
    publishAllPorts: host.PublishAllPorts,
    init: host.Init ?? false,
    restart: host.RestartPolicy?.Name,
    maxRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0,
    memory: toMebibytes(host.Memory),
    memorySwap: toMebibytes(host.MemorySwap),
    memoryReservation: toMebibytes(host.MemoryReservation),
    shmSize: toMebibytes(host.ShmSize),
    cpuShares: host.CpuShares ?? 0,
    cpuSet: host.CpusetCpus ?? "",
    ...(host.CapAdd || host.CapDrop ? { capabilities: { adds: host.CapAdd ?? [], drops: host.CapDrop ?? [] } } : {}),
    securityOpts: host.SecurityOpt ?? [],
    groupAdds: host.GroupAdd ?? [],
    ...(state["ulimits"] ? { ulimits: ulimitsOf(host.Ulimits) } : {}),
    sysctls: host.Sysctls ?? {},
    tmpfs: host.Tmpfs ?? {},
    hosts: (host.ExtraHosts ?? []).map(hostOf),
    dns: host.Dns ?? [],
    dnsOpts: host.DnsOptions ?? [],
    dnsSearches: host.DnsSearch ?? [],
    ipcMode: host.IpcMode ?? "",
    usernsMode: host.UsernsMode ?? "",
    runtime: host.Runtime,
    logDriver: host.LogConfig?.Type,
    ...(state["logOpts"] ? { logOpts: host.LogConfig?.Config ?? {} } : {}),
  };
}

/**
 * Values that the official plugin stores for properties that it doesn't read from Docker and this program doesn't set.
 */
const notRead = {
  attach: false,
  logs: false,
  containerReadRefreshTimeoutMilliseconds: 15000,
  envs: [],
  labels: [],
  removeVolumes: true,
  start: true,
  wait: false,
  waitTimeout: 60,
};

function networkDatas({ NetworkSettings }: ContainerInspectInfo): Properties[] {
  return Object.entries(NetworkSettings.Networks).map(([networkName, endpoint]) => ({
    networkName,
    ipAddress: endpoint.IPAddress,
    ipPrefixLength: endpoint.IPPrefixLen,
    gateway: endpoint.Gateway,
    globalIpv6Address: endpoint.GlobalIPv6Address,
    globalIpv6PrefixLength: endpoint.GlobalIPv6PrefixLen,
    ipv6Gateway: endpoint.IPv6Gateway,
    macAddress: endpoint.MacAddress,
  }));
}

function portsOf({ NetworkSettings }: ContainerInspectInfo): Properties[] {
  return Object.entries(NetworkSettings.Ports ?? {})
    .flatMap(([key, bindings]) => {
      const [internal, protocol] = key.split("/");
      return (bindings ?? []).map(({ HostIp, HostPort }) => ({
        internal: Number(internal),
        external: Number(HostPort),
        ip: HostIp,
        protocol,
      }));
    })
    .sort((left, right) => left.internal - right.internal);
}

function hostOf(extraHost: string): Properties {
  const [host, ...address] = extraHost.split(":");
  return { host, ip: address.join(":") };
}

function ulimitsOf(ulimits: ContainerInspectInfo["HostConfig"]["Ulimits"]): Properties[] {
  return (ulimits ?? []).map(({ Name, Soft, Hard }) => ({ name: Name, soft: Soft, hard: Hard }));
}

function healthcheckOf(check: NonNullable<ContainerInspectInfo["Config"]["Healthcheck"]>): Properties {
  return {
    tests: check.Test ?? [],
    interval: formatDuration(check.Interval ?? 0),
    timeout: formatDuration(check.Timeout ?? 0),
    startPeriod: formatDuration(check.StartPeriod ?? 0),
    startInterval: formatDuration((check as { StartInterval?: number }).StartInterval ?? 0),
    retries: check.Retries ?? 0,
  };
}
