import { type AwsPlan, type AwsRegion, primaryRegion } from "./aws/plan";
import { externalRedis, type Fleet, nodeJob, scrapePaths } from "./fleet";
import { monitoringPorts } from "./ports/internal";
import type { PortRow } from "./ports/table";
import type { Secrets } from "./settings/secrets";

/** Stack outputs for users and for the commands `smoke`, `token` and `rooms`. All values are text, as in `.env`. */
export interface Outputs {
  /** API URL for programs: ws:// on the same machine, wss:// on AWS. */
  readonly url: string;
  /** wss:// URL through nginx, for browsers and phones. */
  readonly secureUrl: string;
  readonly address: string;
  readonly apiKey: string;
  /** Secret. */
  readonly apiSecret: string;
  /** Secret. */
  readonly turnSecret: string;
  readonly turnHost: string;
  readonly namePrefix: string;
  /** Number of LiveKit servers. */
  readonly servers: string;
}

export const outputNames = [
  "url",
  "secureUrl",
  "address",
  "apiKey",
  "apiSecret",
  "turnSecret",
  "turnHost",
  "namePrefix",
  "servers",
] as const satisfies readonly (keyof Outputs)[];

/** Additional outputs of a stack on AWS. */
export interface AwsOutputs extends Outputs {
  /** Bucket that holds the nodes' bundles, requests and reports. */
  readonly bucket: string;
  /** Region of the bucket and of the signing key. */
  readonly region: string;
  /** ARN of the KMS key that signs requests to nodes. A stack that an earlier release brought up has none until `up`. */
  readonly signingKey?: string;
}

export const awsOutputNames = [...outputNames, "bucket", "region"] as const satisfies readonly (keyof AwsOutputs)[];

/**
 * Returns the outputs of a stack on AWS, except those known only after deployment. Clients reach the API through nginx
 * only, because 7880 is plain HTTP. The caller must mark the secret outputs as secret.
 */
export function awsOutputs(plan: AwsPlan, secrets: Secrets): Omit<AwsOutputs, "address" | "bucket" | "signingKey"> {
  const url = secureUrl({ apiName: plan.apiName, https: plan.ports.https });
  return {
    url,
    secureUrl: url,
    ...keys(secrets),
    turnHost: plan.turnName,
    namePrefix: plan.namePrefix,
    servers: String(plan.nodes.length),
    region: primaryRegion(plan).name,
  };
}

/**
 * Maps each public name to what serves it.
 * @example { "livekit.example.com": "the nearest of euc1.example.com", "euc1.example.com": "eu-central-1, nlb: euc1-1, euc1-2" }
 */
export function joinTargets({ apiName, regions, settings }: AwsPlan): Readonly<Record<string, string>> {
  const { loadBalancer } = settings;
  const names = (region: AwsRegion) => region.nodes.map(({ name }) => name).join(", ");
  if (loadBalancer === "none") return { [apiName]: `${regions[0].name}: ${names(regions[0])}` };
  return {
    [apiName]: `the nearest of ${regions.map(({ entryName }) => entryName).join(", ")}`,
    ...Object.fromEntries(
      regions.map((region) => [region.entryName, `${region.name}, ${loadBalancer}: ${names(region)}`]),
    ),
  };
}

/** A target in the format of Prometheus' file and HTTP service discovery. */
export interface ScrapeTarget {
  readonly targets: readonly [string];
  readonly labels: Readonly<Record<"__metrics_path__" | "job" | "instance" | "region", string>>;
}

/**
 * Lists the scrape targets of each node with `livekit:monitoring`. Prometheus must be in the stack's networks or in
 * `livekit:scrapeCidrs`.
 */
export function scrapeTargets({ nodes }: Pick<AwsPlan, "nodes">): readonly ScrapeTarget[] {
  const jobs = { livekit: scrapePaths.livekit, [nodeJob]: scrapePaths.node };
  return nodes.flatMap(({ name, region, privateAddress }) =>
    Object.entries(jobs).map(
      ([job, path]): ScrapeTarget => ({
        targets: [`${privateAddress}:${monitoringPorts.scrape}`],
        labels: { __metrics_path__: path, job, instance: name, region },
      }),
    ),
  );
}

/** Explains where the shared Redis of several nodes is and why they share one. Undefined for a single node. */
export function sharedRedisNote(plan: AwsPlan): string | undefined {
  if (plan.nodes.length === 1) return undefined;
  const external = externalRedis(plan.settings);
  const where = external ? `at ${external.addresses.join(", ")}` : `in ${primaryRegion(plan).name}`;
  return `one for all nodes, ${where}: with one per node, each would have its own room of the same name. While it is down, running calls continue and new participants cannot join`;
}

/** Returns the outputs of a local stack. The caller must mark the secret outputs as secret. */
export function localOutputs(fleet: Fleet, secrets: Secrets): Outputs {
  const [node] = fleet.nodes;
  const { api, https } = fleet.ports;
  return {
    url: `ws://localhost:${api.first}`,
    secureUrl: secureUrl({ apiName: node.apiName, https }),
    address: node.publicAddress,
    ...keys(secrets),
    turnHost: node.turnName,
    namePrefix: fleet.namePrefix,
    servers: String(node.servers.length),
  };
}

function secureUrl({ apiName, https }: { readonly apiName: string; readonly https: PortRow }): string {
  return `wss://${apiName}${https.first === 443 ? "" : `:${https.first}`}`;
}

/** Returns the current keys. New applications must not use the previous ones. */
function keys({ apiKeys: [{ key, secret }], turnSecrets: [turnSecret] }: Secrets) {
  return { apiKey: key, apiSecret: secret, turnSecret };
}
