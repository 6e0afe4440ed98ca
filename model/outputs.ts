import type { AwsPlan } from "./aws/plan";
import type { Fleet } from "./fleet";
import type { Secrets } from "./settings/secrets";

/** What a stack tells its users, and what the smoke test, `token` and `rooms` work from. All text, as `.env` holds it. */
export interface Outputs {
  /** ws:// URL of the API, for programs on the same machine. */
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
  /** LiveKit servers on the machine. */
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

/** What a stack on AWS tells beside that. */
export interface AwsOutputs extends Outputs {
  /** Where its nodes are asked and report. */
  readonly bucket: string;
  /** The bucket's. */
  readonly region: string;
}

export const awsOutputNames = [...outputNames, "bucket", "region"] as const satisfies readonly (keyof AwsOutputs)[];

/** Outputs of a stack on AWS, where the API is reached through nginx alone. Those marked secret must not be shown. */
export function awsOutputs(plan: AwsPlan, fleet: Fleet, secrets: Secrets, bucket: string): AwsOutputs {
  const [node] = fleet.nodes;
  const url = secureUrl(fleet);
  return {
    ...localOutputs(fleet, secrets),
    url,
    secureUrl: url,
    address: node.publicAddress,
    servers: String(fleet.nodes.length),
    bucket,
    region: plan.regions[0].name,
  };
}

/** Outputs of a local stack. Those marked secret must not be shown. */
export function localOutputs(fleet: Fleet, secrets: Secrets): Outputs {
  const [node] = fleet.nodes;
  const { api } = fleet.ports;
  return {
    url: `ws://localhost:${api.first}`,
    secureUrl: secureUrl(fleet),
    address: node.publicAddress,
    apiKey: secrets.apiKeys[0].key,
    apiSecret: secrets.apiKeys[0].secret,
    turnSecret: secrets.turnSecrets[0],
    turnHost: node.turnName,
    namePrefix: fleet.namePrefix,
    servers: String(node.servers.length),
  };
}

function secureUrl({ nodes: [node], ports: { https } }: Fleet): string {
  return `wss://${node.apiName}${https.first === 443 ? "" : `:${https.first}`}`;
}
