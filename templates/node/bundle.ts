import { createHash } from "node:crypto";
import { parse } from "yaml";
import { type AwsNode, type AwsPlan, primaryRegion } from "../../model/aws/plan";
import { serviceLogStream } from "../../model/aws/watch";
import type { Fleet, FleetNode } from "../../model/fleet";
import type { ServiceKind } from "../../model/images";
import { redisRow } from "../../model/port-plan";
import {
  configFolder,
  dataVolumes,
  logLimits,
  nodeHealthTimes,
  type ServiceSpec,
  volumeName,
} from "../../model/service";
import type { ApiKey, Secrets } from "../../model/settings/secrets";
import { renderNode } from "../bundle";
import { type Logging, renderCompose } from "../compose";
import { turnDatabase } from "../coturn";
import { issuerPackages, nodePackages, renderSystem } from "./system";

/** Everything a node needs to become what the plan says, as text by path. Holds no secret. */
export type Bundle = Readonly<Record<string, string>>;

/** How many of each secret there are: two while one of them rotates. */
export interface SecretCounts {
  readonly apiKeys: number;
  readonly turnSecrets: number;
}

/** Let's Encrypt's directory. */
export const defaultDirectoryUrl = "https://acme-v02.api.letsencrypt.org/directory";

/** Names of the stack's secrets in Secrets Manager. */
export function secretNames(namePrefix: string): { readonly keys: string; readonly certificate: string } {
  return { keys: `${namePrefix}/keys`, certificate: `${namePrefix}/certificate` };
}

/** Namespace of the stack's metrics in CloudWatch. */
export function metricsNamespace(namePrefix: string): string {
  return `LiveKit/${namePrefix}`;
}

/** The name that a secret's place in a file is marked with, as in `@@turnSecret.0@@`. */
export function placeholder(name: string): string {
  return `@@${name}@@`;
}

/**
 * Renders the bundle of one node: its plan, its program, its services' files with a placeholder for every secret, and the
 * machine's own files.
 * @param agent sources of the node's program by file name
 * @param bucket where the node asks and reports
 */
export function renderBundle(
  plan: AwsPlan,
  fleet: Fleet,
  node: AwsNode,
  images: Readonly<Record<ServiceKind, string>>,
  agent: Readonly<Record<string, string>>,
  bucket: string,
  counts: SecretCounts = { apiKeys: 1, turnSecrets: 1 },
): Bundle {
  const fleetNode = fleet.nodes.find(({ name }) => name === node.name);
  if (fleetNode === undefined) throw new Error(`the fleet has no node ${node.name}`);
  const specs = renderNode(fleet, fleetNode, placeholderSecrets(counts), placeholderCertificate);
  const compose = renderCompose(fleet, specs, images, {
    health: nodeHealthTimes,
    ...(fleetNode.logs && { logging: offNode(fleetNode.name, fleetNode.logs) }),
  });
  return {
    "plan.json": `${JSON.stringify(nodePlan(plan, fleetNode, node, specs, images, compose, bucket), null, 2)}\n`,
    ...prefixed("agent/", agent),
    "stack/compose.yaml": compose,
    ...Object.fromEntries(specs.flatMap((spec) => serviceFiles(spec))),
    ...prefixed("system", renderSystem(plan, fleet, fleetNode)),
  };
}

/**
 * Docker's driver for CloudWatch. A service neither waits for CloudWatch nor fails with it: what could not be sent is dropped.
 * The machine keeps as much as it would without, which `docker logs` reads.
 */
function offNode(node: string, { region, group }: NonNullable<FleetNode["logs"]>): Logging {
  return (service) => ({
    driver: "awslogs",
    options: {
      "awslogs-region": region,
      "awslogs-group": group,
      "awslogs-stream": serviceLogStream(node, service),
      mode: "non-blocking",
      "max-buffer-size": "4m",
      "cache-max-size": logLimits["max-size"],
      "cache-max-file": logLimits["max-file"],
    },
  });
}

/** Digest of each service's container and files: what differs between two bundles is what a node will act on. */
export function serviceDigests(bundle: Bundle): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(composeEntries(bundle["stack/compose.yaml"] ?? "services: {}")).map(([name, entry]) => {
      const files = Object.entries(bundle).filter(([path]) => path.startsWith(`stack/${name}/`));
      return [name, digest(JSON.stringify([entry, files.toSorted(([a], [b]) => (a < b ? -1 : 1))]))];
    }),
  );
}

function composeEntries(compose: string): Readonly<Record<string, unknown>> {
  return parse(compose, { version: "1.1" }).services;
}

const placeholderCertificate = { chain: placeholder("certificate.chain"), key: placeholder("certificate.key") };

function placeholderSecrets({ apiKeys, turnSecrets }: SecretCounts): Secrets {
  const numbered = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
  return {
    apiKeys: numbered(apiKeys, (i) => ({
      key: placeholder(`apiKey.${i}`),
      secret: placeholder(`apiSecret.${i}`),
    })) as unknown as readonly [ApiKey, ...ApiKey[]],
    turnSecrets: numbered(turnSecrets, (i) => placeholder(`turnSecret.${i}`)) as unknown as readonly [string],
    redisPassword: placeholder("redisPassword"),
    metricsPassword: placeholder("metricsPassword"),
    metricsPasswordHash: placeholder("metricsPasswordHash"),
    monitoringPassword: "",
  };
}

/** What the node's program has to know beside the files. Its shape is `plan.py`'s. */
function nodePlan(
  plan: AwsPlan,
  fleetNode: FleetNode,
  node: AwsNode,
  specs: readonly ServiceSpec[],
  images: Readonly<Record<ServiceKind, string>>,
  compose: string,
  bucket: string,
): object {
  const { settings, namePrefix, ports } = plan;
  const entries = composeEntries(compose);
  const issuer = plan.issuer === node.name;
  return {
    node: node.name,
    region: node.region,
    // Where the stack's bucket and secrets are.
    home: primaryRegion(plan).name,
    bucket,
    secrets: secretNames(namePrefix),
    issuer,
    certificate: {
      names: plan.certificateNames,
      email: settings.acme.email ?? "",
      directoryUrl: settings.acme.directoryUrl ?? defaultDirectoryUrl,
    },
    change: { policy: settings.changePolicy, drainTimeoutSeconds: settings.drainTimeoutSeconds },
    packages: [...nodePackages, ...(issuer ? issuerPackages : [])].toSorted(),
    services: specs.map(({ name, kind }) => ({
      name,
      kind,
      image: images[kind],
      container: `${namePrefix}-${name}`,
      digest: digest(JSON.stringify(entries[name])),
    })),
    turn: {
      realm: fleetNode.turnRealm,
      volume: volumeName(namePrefix, dataVolumes.coturn),
      file: turnDatabase.file,
    },
    ports: {
      api: ports.api.first,
      https: ports.https.first,
      turnTls: ports.turnTls.first,
      redis: redisRow(settings).first,
    },
    metrics: { namespace: metricsNamespace(namePrefix) },
  };
}

function serviceFiles({ name, files }: ServiceSpec): [string, string][] {
  return files.map(({ path, content }) => [`stack/${name}${path.slice(configFolder.length)}`, content]);
}

function prefixed(prefix: string, files: Readonly<Record<string, string>>): Bundle {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [`${prefix}${path}`, content]));
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
