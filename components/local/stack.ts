import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Fleet } from "../../model/fleet";
import { isBuilt, type ServiceKind, serviceKinds } from "../../model/images";
import { labels as labelNames } from "../../model/labels";
import {
  type Certificate,
  type FileContents,
  renderFiles,
  type ServiceSpec,
  startsAfter,
  volumeName,
} from "../../model/service";
import type { Secrets } from "../../model/settings/secrets";
import { serviceTrials, type TrialInput } from "../../model/trial";
import { planServices, portRows } from "../../templates/bundle";
import type { CallPage } from "../../templates/call-page";
import { Service } from "./service";

export interface LocalStackArgs {
  readonly fleet: Fleet;
  readonly secrets: Secrets;
  /** Value of the owner label, which keeps other stacks from treating these resources as theirs. */
  readonly owner: string;
  /** Name of each service's image. A local image has its name before it is built. */
  readonly images: Readonly<Record<ServiceKind, string>>;
  /**
   * Command that builds the image of one service before the service starts. The command runs in `projectFolder`, with
   * the kind of the service as its last argument. Images in `livekit:images` are pulled and not built.
   * @default all images are pulled
   */
  readonly buildImage?: string;
  readonly callPage: CallPage;
  /**
   * Local files to upload as files of a service, by path in the container. Given as paths, because Pulumi and the
   * Docker provider take seconds to compare hundreds of kilobytes of content.
   * @default none
   */
  readonly uploadSources?: Readonly<Record<string, string>>;
  /**
   * Command that issues a certificate and prints `{chain, key}` as JSON. The command runs in `projectFolder`. The
   * variable CERTIFICATE_NAMES contains the names to certify, CERTIFICATE_END the expiry time.
   */
  readonly issueCertificate: string;
  /** Expiry time of the certificate in ISO format. A new time issues a new certificate. */
  readonly certificateEnd: string;
  /**
   * Command that reads a {@link TrialInput} from standard input and validates the files in it. The command runs in
   * `projectFolder`.
   */
  readonly validateServices: string;
  readonly projectFolder: string;
}

/**
 * LiveKit, Coturn, Redis and nginx on this machine's Docker engine. Costs nothing.
 *
 * @example new LocalStack("local", { fleet, secrets, owner, images, callPage, issueCertificate, certificateEnd,
 *   validateServices, projectFolder })
 */
export class LocalStack extends pulumi.ComponentResource {
  readonly services: readonly Service[];

  constructor(name: string, args: LocalStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:local:Stack", name, {}, opts);
    const { fleet, owner } = args;
    const labels = { ...fleet.settings.tags, [labelNames.stack]: fleet.namePrefix, [labelNames.owner]: owner };
    const specs = planServices(fleet, fleet.nodes[0], args.callPage);
    const images = this.createImages(args, specs);
    const files = pulumi
      .secret(this.issueCertificate(args))
      .apply((certificate) => renderFiles(specs, { secrets: args.secrets, certificate }));
    const validation = this.createValidation(args, specs, files, images, labels);
    const network = this.createNetwork(fleet.namePrefix, labels, validation);
    this.services = this.createServices(args, specs, files, network, images, labels, validation);
    this.registerOutputs({ containers: this.services.map(({ container }) => container.name) });
  }

  /**
   * Issues the certificate with the local CA, whose key stays on disk. The encrypted state contains only the
   * certificate and its key.
   */
  private issueCertificate(args: LocalStackArgs): pulumi.Output<Certificate> {
    const { certificateEnd } = args;
    const names = args.fleet.nodes[0].certificateNames.join(",");
    const issued = new command.local.Command(
      "certificate",
      {
        create: args.issueCertificate,
        environment: { CERTIFICATE_NAMES: names, CERTIFICATE_END: certificateEnd },
        dir: args.projectFolder,
        triggers: [names, certificateEnd],
        logging: "none",
      },
      { parent: this, additionalSecretOutputs: ["stdout"] },
    );
    return issued.stdout.apply((json) => JSON.parse(json) as Certificate);
  }

  /**
   * Validates changed files with the services' own programs. Resources that Pulumi deletes before their replacement
   * depend on the validation. If the validation fails, the stack keeps running unchanged.
   */
  private createValidation(
    args: LocalStackArgs,
    specs: readonly ServiceSpec[],
    files: pulumi.Output<FileContents>,
    images: ReadonlyMap<ServiceKind, docker.RemoteImage>,
    labels: Readonly<Record<string, string>>,
  ): command.local.Command {
    const { fleet, secrets, validateServices, projectFolder } = args;
    const ids = pulumi.all(Object.fromEntries([...images].map(([kind, { imageId }]) => [kind, imageId])));
    const input = files.apply((contents) =>
      ids.apply((images): TrialInput => {
        return { trials: serviceTrials(specs, contents, { namePrefix: fleet.namePrefix, labels, images }), secrets };
      }),
    );
    return new command.local.Command(
      "validation",
      { create: validateServices, stdin: pulumi.jsonStringify(input), dir: projectFolder, logging: "none" },
      { parent: this },
    );
  }

  private createNetwork(
    namePrefix: string,
    labels: Readonly<Record<string, string>>,
    validation: command.local.Command,
  ): docker.Network {
    const list = Object.entries(labels).map(([label, value]) => ({ label, value }));
    return new docker.Network(
      "network",
      { name: namePrefix, driver: "bridge", labels: list },
      // Only one network at a time can have the name.
      { parent: this, deleteBeforeReplace: true, dependsOn: validation },
    );
  }

  private createImages(
    args: LocalStackArgs,
    specs: readonly ServiceSpec[],
  ): ReadonlyMap<ServiceKind, docker.RemoteImage> {
    const { images, buildImage, projectFolder, fleet } = args;
    const createImage = (kind: ServiceKind) => {
      const built =
        buildImage &&
        isBuilt(kind) &&
        fleet.settings.images[kind] === undefined &&
        new command.local.Command(
          `${kind}-build`,
          { create: `${buildImage} ${kind}`, dir: projectFolder, triggers: [images[kind]] },
          { parent: this },
        );
      return new docker.RemoteImage(
        `${kind}-image`,
        { name: images[kind], keepLocally: true },
        { parent: this, ...(built && { dependsOn: built }) },
      );
    };
    const kinds = new Set([...serviceKinds, ...specs.map(({ kind }) => kind)]);
    return new Map([...kinds].map((kind) => [kind, createImage(kind)]));
  }

  private createServices(
    args: LocalStackArgs,
    specs: readonly ServiceSpec[],
    files: pulumi.Output<FileContents>,
    network: docker.Network,
    images: ReadonlyMap<ServiceKind, docker.RemoteImage>,
    labels: Readonly<Record<string, string>>,
    validation: command.local.Command,
  ): Service[] {
    const { fleet } = args;
    const [node] = fleet.nodes;
    const services = new Map<string, Service>();
    for (const spec of specs) {
      const dependsOn = [validation, ...startsAfter[spec.kind].flatMap((kind) => findServices(services, kind))];
      services.set(
        spec.name,
        new Service(
          spec.name,
          {
            namePrefix: fleet.namePrefix,
            spec,
            files: files.apply((contents) => contents[spec.name] ?? {}),
            ...(args.uploadSources && { uploadSources: args.uploadSources }),
            image: images.get(spec.kind) as docker.RemoteImage,
            network,
            ...(spec.network === "host" && { ports: portRows(fleet, node, spec) }),
            // nginx binds the API's port if it balances several servers. A single LiveKit server binds the port itself.
            ...(spec.kind === "nginx" && { deletedBefore: findServices(services, "livekit") }),
            ...(spec.data && {
              volume: this.createVolume(volumeName(fleet.namePrefix, spec.data.volume), spec.data.volume),
            }),
            labels: { ...labels, [labelNames.service]: spec.kind },
          },
          { parent: this, dependsOn },
        ),
      );
    }
    return [...services.values()];
  }

  private createVolume(dockerName: string, name: string): docker.Volume {
    return new docker.Volume(name, { name: dockerName }, { parent: this, retainOnDelete: true });
  }
}

function findServices(services: ReadonlyMap<string, Service>, kind: ServiceKind): Service[] {
  return [...services.values()].filter((service) => service.kind === kind);
}
