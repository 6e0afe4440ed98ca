import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ServiceKind } from "../../model/images";
import { labels } from "../../model/labels";
import { formatPorts, type PortRow } from "../../model/ports";
import {
  configFolder,
  healthTimes,
  logLimits,
  permissions,
  type ServiceSpec,
  scratchOptions,
} from "../../model/service";

export interface ServiceArgs {
  /** Starts the container's name. */
  readonly namePrefix: string;
  readonly spec: ServiceSpec;
  /** Content of the spec's files by path. Late and secret, so it is apart from the plan. */
  readonly files: pulumi.Input<Readonly<Record<string, string>>>;
  /** Files of this machine by the spec's files that have their content. @default none */
  readonly uploadSources?: Readonly<Record<string, string>>;
  readonly image: docker.RemoteImage;
  readonly network: docker.Network;
  /** Volume for `spec.data`. */
  readonly volume?: docker.Volume;
  readonly labels: Readonly<Record<string, string>>;
  /** Rows of the port table that it has on the machine's own network. */
  readonly ports?: readonly PortRow[];
  /** Services whose replacement deletes this one first, because a port may pass from it to them. */
  readonly deletedBefore?: readonly Service[];
}

/** Holds the ids of the containers whose replacement deletes this one first. */
const deletedBeforeFile = `${configFolder}/deleted-before`;

/** Seconds a service has to become healthy before `up` fails with its log. */
const healthyWithinSeconds = 60;

/**
 * One container of the stack, hardened: read-only root, no capability but those named, no new privileges, capped log.
 * Its files are written into a volume of its own before it starts and go with it. Costs nothing: it runs locally.
 *
 * @example new Service("redis", { namePrefix, spec, files, image, network, labels }, { parent: this })
 */
export class Service extends pulumi.ComponentResource {
  readonly container: docker.Container;
  readonly kind: ServiceKind;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:local:Service", name, {}, opts);
    const { spec, network } = args;
    const own = Object.entries(args.labels).map(([label, value]) => ({ label, value }));
    const files = new docker.Container(
      `${name}-files`,
      { ...fileHolder(args), labels: own },
      { parent: this, deleteBeforeReplace: true },
    );
    this.kind = spec.kind;
    this.container = new docker.Container(
      name,
      {
        name: `${args.namePrefix}-${spec.name}`,
        image: args.image.imageId,
        entrypoints: [...spec.entrypoint],
        command: [...spec.command],
        user: spec.user,
        ...networking(spec, network),
        ...hardening(spec),
        volumes: volumes(args, files),
        ...supervision(spec),
        labels: [...own, ...portLabels(args)],
      },
      // Name and ports belong to one container at a time.
      // The plugin stores a changed health check or tmpfs without applying it: only a new container has it.
      { parent: this, deleteBeforeReplace: true, replaceOnChanges: ["healthcheck", "tmpfs"] },
    );
    this.registerOutputs({ container: this.container.name });
  }
}

/** @example "3478/udp 3478/tcp 49152-49252/udp" */
function portLabels({ ports = [] }: ServiceArgs) {
  if (ports.length === 0) return [];
  const spans = ports.flatMap((row) => row.protocols.map((protocol) => `${formatPorts(row)}/${protocol}`));
  return [{ label: labels.ports, value: spans.join(" ") }];
}

function networking(spec: ServiceSpec, network: docker.Network) {
  if (spec.network === "host") return { networkMode: "host", hosts: hosts(spec) };
  return {
    networkMode: "bridge",
    networksAdvanced: [{ name: network.name, aliases: [...spec.aliases] }],
    hosts: hosts(spec),
    ports: spec.publications.map(({ port, protocol, address }) => ({
      internal: port,
      external: port,
      protocol,
      ip: address ?? "0.0.0.0",
    })),
  };
}

function hosts({ hosts }: ServiceSpec) {
  return hosts.map(({ name, address }) => ({ host: name, ip: address }));
}

function hardening({ capabilities, memoryMegabytes, openFiles }: ServiceSpec) {
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
 * A container that is never started: the engine copies nothing into a container with a read-only root, so the files are
 * written into the volume of this one, which the service mounts. The volume goes when this one goes.
 */
function fileHolder(args: ServiceArgs) {
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
    uploads: [...uploads, ...deletedBeforeUpload(args)],
  };
}

/**
 * The engine deletes a container's dependents first if they are to be replaced as well. Their diff shows that only if the
 * property with the unknown id is not computed: `uploads` is not, labels are.
 */
function deletedBeforeUpload({ deletedBefore = [] }: ServiceArgs) {
  if (deletedBefore.length === 0) return [];
  const ids = pulumi.all(deletedBefore.map(({ container }) => container.id));
  return [{ file: deletedBeforeFile, content: ids.apply((all) => all.join("\n")), permissions: "0644" }];
}

/** By id and not by name: other files are another container, and so a new start of the service. */
function volumes({ spec, volume }: ServiceArgs, files: docker.Container) {
  return [
    { fromContainer: pulumi.interpolate`${files.id}:ro` },
    ...(spec.data && volume ? [{ containerPath: spec.data.path, volumeName: volume.name }] : []),
  ];
}

function supervision({ healthCommand, stopGraceSeconds }: ServiceSpec) {
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
