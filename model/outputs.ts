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
