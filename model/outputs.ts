import { type AwsPlan, primaryRegion } from "./aws/plan";
import type { Fleet } from "./fleet";
import type { PortRow } from "./ports";
import type { Secrets } from "./settings/secrets";

/** What a stack tells its users, and what the smoke test, `token` and `rooms` work from. All text, as `.env` holds it. */
export interface Outputs {
  /** URL of the API for programs: ws:// on the same machine, wss:// on AWS. */
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
  /** How many LiveKit servers there are. */
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

/**
 * Outputs of a stack on AWS, but for those that are known last. From outside the API is reached through nginx alone: 7880 is
 * plain HTTP. Those marked secret must not be shown.
 */
export function awsOutputs(plan: AwsPlan, secrets: Secrets): Omit<AwsOutputs, "address" | "bucket"> {
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

/** Outputs of a local stack. Those marked secret must not be shown. */
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

/** The current ones: those of before stay out of new applications. */
function keys({ apiKeys: [{ key, secret }], turnSecrets: [turnSecret] }: Secrets) {
  return { apiKey: key, apiSecret: secret, turnSecret };
}
