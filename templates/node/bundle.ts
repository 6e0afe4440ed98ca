import { createHash } from "node:crypto";
import { parse } from "yaml";
import { type AwsNode, type AwsPlan, primaryRegion } from "../../model/aws/plan";
import { serviceLogStream } from "../../model/aws/watch";
import { renewalRule } from "../../model/certificate-renewal";
import { fileRules } from "../../model/file-effects";
import type { Fleet, FleetNode } from "../../model/fleet";
import type { ServiceKind } from "../../model/images";
import { redisRow } from "../../model/ports/internal";
import { nonEmpty } from "../../model/required";
import {
  configFolder,
  dataVolumes,
  type FileInputs,
  logLimits,
  nodeHealthTimes,
  renderFiles,
  type ServiceSpec,
  volumeName,
} from "../../model/service";
import { planServices } from "../bundle";
import { type Logging, renderCompose } from "../compose";
import { turnDatabase } from "../coturn";
import type { NodeSources } from "./sources";
import { issuerPackages, nodePackages, renderSystem } from "./system";

/** All files that a node needs to apply its plan: text by path. It contains no secret. */
export type Bundle = Readonly<Record<string, string>>;

/** Number of values of each secret: one, or two during a rotation. */
export interface SecretCounts {
  readonly apiKeys: number;
  readonly turnSecrets: number;
}

/** URL of Let's Encrypt's ACME directory. */
export const defaultDirectoryUrl = "https://acme-v02.api.letsencrypt.org/directory";

/** Returns the names of the stack's secrets in Secrets Manager. */
export function secretNames(namePrefix: string): { readonly keys: string; readonly certificate: string } {
  return { keys: `${namePrefix}/keys`, certificate: `${namePrefix}/certificate` };
}

/** Returns the namespace of the stack's CloudWatch metrics. */
export function metricsNamespace(namePrefix: string): string {
  return `LiveKit/${namePrefix}`;
}

/** Returns the placeholder for a secret in a file, such as `@@turnSecret.0@@`. */
function placeholder(name: string): string {
  return `@@${name}@@`;
}

/**
 * Renders one node's bundle: its plan, its agent, its services' files with a placeholder for every secret, and the
 * machine's own files.
 * @param sources sources of the node's programs
 * @param bucket bucket from which the node reads requests and to which it writes reports
 */
export function renderBundle(
  plan: AwsPlan,
  fleet: Fleet,
  node: AwsNode,
  images: Readonly<Record<ServiceKind, string>>,
  { agent, puller }: Pick<NodeSources, "agent" | "puller">,
  bucket: string,
  counts: SecretCounts = { apiKeys: 1, turnSecrets: 1 },
): Bundle {
  const fleetNode = fleet.nodes.find(({ name }) => name === node.name);
  if (fleetNode === undefined) throw new Error(`the fleet has no node ${node.name}`);
  const specs = planServices(fleet, fleetNode);
  const compose = renderCompose(fleet, specs, images, {
    health: nodeHealthTimes,
    ...(fleetNode.logs && { logging: offNode(fleetNode.name, fleetNode.logs) }),
  });
  return {
    "plan.json": `${JSON.stringify(nodePlan(plan, fleetNode, node, specs, images, compose, bucket), null, 2)}\n`,
    ...prefixed("agent/", agent),
    "puller.py": puller,
    "stack/compose.yaml": compose,
    ...serviceFiles(specs, counts),
    ...prefixed("system", renderSystem(plan, fleet, fleetNode)),
  };
}

/**
 * Returns options of Docker's CloudWatch driver. If CloudWatch is unreachable, the driver drops lines, so that services
 * neither wait nor fail. For `docker logs`, Docker also caches the logs on the machine, within the same limits as
 * without the driver.
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

/** Returns a digest of each service's container and files. A node updates only services whose digest changed. */
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

/** Returns the placeholders that a bundle contains. The node's agent replaces them with values. */
function placeholders({ apiKeys, turnSecrets }: SecretCounts): FileInputs {
  const numbered = <T>(count: number, make: (i: number) => T) =>
    nonEmpty(
      Array.from({ length: count }, (_, i) => make(i)),
      "secrets",
    );
  const certificate = { chain: placeholder("certificate.chain"), key: placeholder("certificate.key") };
  const secrets = {
    apiKeys: numbered(apiKeys, (i) => ({
      key: placeholder(`apiKey.${i}`),
      secret: placeholder(`apiSecret.${i}`),
    })),
    turnSecrets: numbered(turnSecrets, (i) => placeholder(`turnSecret.${i}`)),
    redisPassword: placeholder("redisPassword"),
    metricsPassword: placeholder("metricsPassword"),
    metricsPasswordHash: placeholder("metricsPasswordHash"),
    monitoringPassword: "",
  };
  return { secrets, certificate };
}

/**
 * Returns plan.json, which contains all inputs of the agent besides the files. The agent's `plan.py` must declare the
 * same fields.
 */
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
    // The primary region, which holds the stack's bucket and secrets.
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
    rules: { files: fileRules, renewal: renewalRule },
  };
}

function serviceFiles(specs: readonly ServiceSpec[], counts: SecretCounts): Bundle {
  const services = Object.entries(renderFiles(specs, placeholders(counts)));
  return Object.assign(
    {},
    ...services.map(([name, files]) => {
      const relative = Object.entries(files).map(([path, content]) => [path.slice(configFolder.length), content]);
      return prefixed(`stack/${name}`, Object.fromEntries(relative));
    }),
  );
}

function prefixed(prefix: string, files: Readonly<Record<string, string>>): Bundle {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [`${prefix}${path}`, content]));
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
