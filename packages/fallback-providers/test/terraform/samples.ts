import type { ResourceType } from "../../../provider-kit/resource-type";
import type { Properties } from "../../../provider-kit/values";
import { container } from "../../docker/container";
import { remoteImage } from "../../docker/image";
import { network } from "../../docker/network";
import { volume } from "../../docker/volume";

/** A resource with a value for every property that the fallback provider accepts. */
export interface Sample {
  readonly type: ResourceType;
  /** Terraform type name. */
  readonly terraform: string;
  readonly properties: Properties;
  /** Defaults of the official provider that the fallback provider does not set. */
  readonly stored?: Properties;
  /** Properties that the program always sets. */
  readonly required: readonly string[];
}

const labels = [
  { label: "a", value: "1" },
  { label: "b", value: "2" },
];

export const samples: readonly Sample[] = [
  {
    type: container,
    terraform: "docker_container",
    required: ["name", "image"],
    stored: { readOnly: false, tty: false, stdinOpen: false },
    properties: {
      name: "nginx",
      image: "sha256:1",
      command: ["-c", "/config/nginx.conf"],
      entrypoints: ["nginx", "-e"],
      user: "65534:0",
      groupAdds: ["1", "2"],
      readOnly: true,
      init: true,
      restart: "always",
      networkMode: "host",
      networksAdvanced: [{ name: "lab", aliases: ["nginx", "web"] }],
      ports: [
        { internal: 80, external: 8080, ip: "127.0.0.1", protocol: "tcp" },
        { internal: 443, external: 8443, ip: "127.0.0.1", protocol: "udp" },
      ],
      hosts: [{ host: "redis", ip: "127.0.0.1" }],
      volumes: [{ fromContainer: "files:ro" }, { containerPath: "/data", volumeName: "data", readOnly: true }],
      tmpfs: { "/tmp": "rw" },
      uploads: [
        { file: "/config/a", content: "a", permissions: "0640" },
        { file: "/config/b", source: "/etc/hostname", permissions: "0644" },
      ],
      capabilities: { adds: ["CAP_CHOWN", "CAP_SETUID"], drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true", "label=disable"],
      ulimits: [{ name: "nofile", soft: 1024, hard: 2048 }],
      sysctls: { "net.core.somaxconn": "1024" },
      memory: 64,
      memorySwap: 64,
      healthcheck: {
        tests: ["CMD", "true"],
        interval: "2s",
        timeout: "5s",
        startPeriod: "2s",
        startInterval: "1s",
        retries: 10,
      },
      logDriver: "json-file",
      logOpts: { "max-size": "10m" },
      labels,
      stopSignal: "SIGTERM",
      stopTimeout: 10,
      destroyGraceSeconds: 10,
      start: true,
      mustRun: true,
      wait: true,
      waitTimeout: 60,
      removeVolumes: true,
    },
  },
  {
    type: network,
    terraform: "docker_network",
    required: ["name"],
    properties: {
      name: "lab",
      driver: "bridge",
      internal: true,
      labels,
      ipamDriver: "default",
      ipamConfigs: [
        { subnet: "10.1.0.0/16", ipRange: "10.1.1.0/24", gateway: "10.1.0.1", auxAddress: { router: "10.1.0.2" } },
        { subnet: "10.2.0.0/16", ipRange: "10.2.1.0/24", gateway: "10.2.0.1", auxAddress: { router: "10.2.0.2" } },
      ],
    },
  },
  {
    type: volume,
    terraform: "docker_volume",
    required: [],
    properties: { name: "data", driver: "local", labels },
  },
  {
    type: remoteImage,
    terraform: "docker_image",
    required: ["name"],
    properties: { name: "redis:8", keepLocally: true, triggers: { version: "1" } },
  },
];
