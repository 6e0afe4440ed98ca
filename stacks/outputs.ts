import * as pulumi from "@pulumi/pulumi";
import type { Fleet } from "../model/fleet";
import type { Secrets } from "../model/settings/secrets";

/** What a stack tells its users, and what the smoke test, `token` and `rooms` work from. */
export interface StackOutputs {
  /** ws:// URL of the API, for programs on the same machine. */
  readonly url: string;
  /** wss:// URL through nginx, for browsers and phones. */
  readonly secureUrl: string;
  readonly address: string;
  readonly apiKey: string;
  readonly apiSecret: pulumi.Output<string>;
  readonly turnSecret: pulumi.Output<string>;
  readonly turnHost: string;
  readonly namePrefix: string;
  /** LiveKit servers on the machine, as text: outputs are read as text. */
  readonly servers: string;
}

export function stackOutputs(fleet: Fleet, secrets: Secrets): StackOutputs {
  const [node] = fleet.nodes;
  const { api, https } = fleet.ports;
  return {
    url: `ws://localhost:${api.first}`,
    secureUrl: `wss://${node.apiName}${https.first === 443 ? "" : `:${https.first}`}`,
    address: node.publicAddress,
    apiKey: secrets.apiKeys[0].key,
    apiSecret: pulumi.secret(secrets.apiKeys[0].secret),
    turnSecret: pulumi.secret(secrets.turnSecrets[0]),
    turnHost: node.turnName,
    namePrefix: fleet.namePrefix,
    servers: String(node.servers.length),
  };
}
