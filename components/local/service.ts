import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ServiceKind } from "../../model/images";
import { labels } from "../../model/labels";
import { formatPorts, type PortRow } from "../../model/ports/table";
import {
  configFolder,
  healthTimes,
  logLimits,
  permissions,
  type ServiceSpec,
  scratchOptions,
} from "../../model/service";

export interface ServiceArgs {
  /** Prefix of the container's name. */
  readonly namePrefix: string;
  readonly spec: ServiceSpec;
  /**
   * Content of the spec's files by path. Separate from the spec because it is secret and known only during deployment.
   */
  readonly files: pulumi.Input<Readonly<Record<string, string>>>;
  /** Local files to upload as files of the spec, by path in the container. @default none */
  readonly uploadSources?: Readonly<Record<string, string>>;
  readonly image: docker.RemoteImage;
  readonly network: docker.Network;
  /** Volume for `spec.data`. */
  readonly volume?: docker.Volume;
  readonly labels: Readonly<Record<string, string>>;
  /** Rows of the port table that the container binds on the host network. */
  readonly ports?: readonly PortRow[];
  /**
   * Services that may take over a port of this service. If one of them is replaced, this service's container is deleted
   * first.
   */
  readonly deletedBefore?: readonly Service[];
}

/** File with the ids of the `deletedBefore` containers. See {@link buildDeletedBeforeUpload}. */
const deletedBeforeFile = `${configFolder}/deleted-before`;

/** Seconds within which a service must become healthy. If it does not, `up` fails and prints the service's log. */
const healthyWithinSeconds = 60;

/**
 * One hardened container of the stack: read-only root, only the listed capabilities, no new privileges, capped log. Its
 * files are in a separate volume, which is written before the container starts and deleted with the container. Costs
 * nothing: it runs locally.
 *
 * @example new Service("redis", { namePrefix, spec, files, image, network, labels }, { parent: this })
 */
export class Service extends pulumi.ComponentResource {
  readonly container: docker.Container;
  readonly kind: ServiceKind;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:local:Service", name, {}, opts);
    this.kind = args.spec.kind;
    this.container = this.createContainer(name, args, this.createFileHolder(name, args));
    this.registerOutputs({ container: this.container.name });
  }

  private createFileHolder(name: string, args: ServiceArgs): docker.Container {
    return new docker.Container(
      `${name}-files`,
      { ...buildFileHolder(args), labels: listLabels(args) },
      { parent: this, deleteBeforeReplace: true },
    );
  }

  private createContainer(name: string, args: ServiceArgs, files: docker.Container): docker.Container {
    const { spec, network } = args;
    return new docker.Container(
      name,
      {
        name: `${args.namePrefix}-${spec.name}`,
        image: args.image.imageId,
        entrypoints: [...spec.entrypoint],
        command: [...spec.command],
        user: spec.user,
        ...buildNetworking(spec, network),
        ...buildHardening(spec),
        volumes: buildVolumes(args, files),
        ...buildSupervision(spec),
        labels: [...listLabels(args), ...buildPortLabels(args)],
      },
      // Only one container at a time can have the name and ports.
      // The provider writes a changed health check or tmpfs only to the state, so the change needs a new container.
      { parent: this, deleteBeforeReplace: true, replaceOnChanges: ["healthcheck", "tmpfs"] },
    );
  }
}

function listLabels({ labels }: ServiceArgs) {
  return Object.entries(labels).map(([label, value]) => ({ label, value }));
}

/** @example "3478/udp 3478/tcp 49152-49252/udp" */
function buildPortLabels({ ports = [] }: ServiceArgs) {
  if (ports.length === 0) return [];
  const spans = ports.flatMap((row) => row.protocols.map((protocol) => `${formatPorts(row)}/${protocol}`));
  return [{ label: labels.ports, value: spans.join(" ") }];
}

function buildNetworking(spec: ServiceSpec, network: docker.Network) {
  if (spec.network === "host") return { networkMode: "host", hosts: buildHosts(spec) };
  return {
    networkMode: "bridge",
    networksAdvanced: [{ name: network.name, aliases: [...spec.aliases] }],
    hosts: buildHosts(spec),
    ports: spec.publications.map(({ port, protocol, address }) => ({
      internal: port,
      external: port,
      protocol,
      ip: address ?? "0.0.0.0",
    })),
  };
}

function buildHosts({ hosts }: ServiceSpec) {
  return hosts.map(({ name, address }) => ({ host: name, ip: address }));
}

function buildHardening({ capabilities, memoryMegabytes, openFiles }: ServiceSpec) {
  return {
    readOnly: true,
    tmpfs: { "/tmp": scratchOptions },
    capabilities: { drops: ["ALL"], adds: capabilities.map((name) => `CAP_${name}`) },
    securityOpts: ["no-new-privileges:true"],
    logDriver: "json-file",
    logOpts: logLimits,
    ...(memoryMegabytes && { memory: memoryMegabytes, memorySwap: memoryMegabytes }),
    ...(openFiles && { ulimits: [{ name: "nofile", soft: openFiles, hard: openFiles }] }),
  };
}

/**
 * Returns a container that never starts. Docker can't copy files into a container with a read-only root, so they go
 * into this container's volume, which the service mounts. The volume is deleted with this container.
 */
function buildFileHolder(args: ServiceArgs) {
  const { namePrefix, spec, files, image, uploadSources = {} } = args;
  const uploads = spec.files.map((file) => ({
    file: file.path,
    ...(uploadSources[file.path]
      ? { source: uploadSources[file.path] }
      : { content: pulumi.output(files).apply((contents) => contents[file.path] ?? "") }),
    permissions: permissions(file),
  }));
  return {
    name: `${namePrefix}-${spec.name}-files`,
    image: image.imageId,
    start: false,
    mustRun: false,
    networkMode: "none",
    volumes: [{ containerPath: configFolder }],
    uploads: [...uploads, ...buildDeletedBeforeUpload(args)],
  };
}

/**
 * Returns a file with the ids of the `deletedBefore` containers. If such a container is replaced, its new id is unknown
 * in the preview. An unknown id in `uploads` makes the diff of this container show a replacement. Only then does the
 * engine delete this container before the replaced one. An unknown id in labels makes no such diff, because labels are
 * computed.
 */
function buildDeletedBeforeUpload({ deletedBefore = [] }: ServiceArgs) {
  if (deletedBefore.length === 0) return [];
  const ids = pulumi.all(deletedBefore.map(({ container }) => container.id));
  return [{ file: deletedBeforeFile, content: ids.apply((all) => all.join("\n")), permissions: "0644" }];
}

/**
 * Refers to the file container by id. Changed files create a new file container with a new id, and the new id restarts
 * the service.
 */
function buildVolumes({ spec, volume }: ServiceArgs, files: docker.Container) {
  return [
    { fromContainer: pulumi.interpolate`${files.id}:ro` },
    ...(spec.data && volume ? [{ containerPath: spec.data.path, volumeName: volume.name }] : []),
  ];
}

function buildSupervision({ healthCommand, stopGraceSeconds }: ServiceSpec) {
  return {
    restart: "always",
    healthcheck: {
      tests: ["CMD", ...healthCommand],
      interval: `${healthTimes.intervalSeconds}s`,
      timeout: `${healthTimes.timeoutSeconds}s`,
      retries: healthTimes.retries,
      startPeriod: `${healthTimes.startPeriodSeconds}s`,
    },
    wait: true,
    waitTimeout: healthyWithinSeconds,
    stopTimeout: stopGraceSeconds,
    destroyGraceSeconds: stopGraceSeconds,
  };
}
