import type { AwsPlan } from "./aws/plan";
import type { Fleet } from "./fleet";
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

/** Outputs of a local stack. Those marked secret must not be shown. */
export function localOutputs(fleet: Fleet, secrets: Secrets): Outputs {
  const [node] = fleet.nodes;
  const { api, https } = fleet.ports;
  return {
    url: `ws://localhost:${api.first}`,
    secureUrl: `wss://${node.apiName}${https.first === 443 ? "" : `:${https.first}`}`,
    address: node.publicAddress,
    apiKey: secrets.apiKeys[0].key,
    apiSecret: secrets.apiKeys[0].secret,
    turnSecret: secrets.turnSecrets[0],
    turnHost: node.turnName,
    namePrefix: fleet.namePrefix,
    servers: String(node.servers.length),
  };
}

/** Outputs of a stack on AWS, but for its address, which is known last. Those marked secret must not be shown. */
export function awsOutputs(plan: AwsPlan, secrets: Secrets): Omit<Outputs, "address"> {
  const { https } = plan.ports;
  const secureUrl = `wss://${plan.apiName}${https.first === 443 ? "" : `:${https.first}`}`;
  return {
    // 7880 is plain HTTP: nobody is asked to send a token there from outside.
    url: secureUrl,
    secureUrl,
    apiKey: secrets.apiKeys[0].key,
    apiSecret: secrets.apiKeys[0].secret,
    turnSecret: secrets.turnSecrets[0],
    turnHost: plan.turnName,
    namePrefix: plan.namePrefix,
    servers: String(plan.nodes.length),
  };
}
