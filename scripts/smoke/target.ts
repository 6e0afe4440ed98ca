import { existsSync, readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import type { Outputs } from "../../model/outputs";
import type { PortTable } from "../../model/ports/table";
import { caFile } from "../../stacks/ca-file";
import { awsPlanFromFile, isOnAws, placeholderSecrets, planFromFile } from "../lib/load-stack";
import { stackOutputs } from "../lib/stack-outputs";
import { findEngine } from "../toolchain/docker";
import type { SmokeTarget } from "./index";
import type { RelayPorts } from "./turn-url";

/** Returns the smoke test's target for a running stack. @throws UserError if the stack is not up */
export async function stackTarget(name: string): Promise<SmokeTarget> {
  const outputs = await stackOutputs(name);
  const placeholders = placeholderSecrets(name);
  if (isOnAws(name)) return remoteTarget(outputs, awsPlanFromFile(name, placeholders).ports);
  return smokeTarget(outputs, (await planFromFile(name, placeholders)).fleet.ports);
}

function relayPorts({ turn, turnTls }: PortTable): RelayPorts {
  return { tcp: turn.first, tls: turnTls.first };
}

/** Returns the target for a stack on AWS. The test resolves names and trusts CAs as any client does. */
function remoteTarget({ url, secureUrl, apiKey, apiSecret }: Outputs, ports: PortTable): SmokeTarget {
  const file = process.env["NODE_EXTRA_CA_CERTS"];
  const ca = file && [...rootCertificates, readFileSync(file, "utf8")].join("\n");
  return { url, secureUrl, apiKey, apiSecret, relayPorts: relayPorts(ports), ...(ca && { ca }) };
}

/** Returns the target for a local stack, from its outputs. @throws UserError if its Docker engine does not respond */
export async function smokeTarget(outputs: Outputs, ports: PortTable): Promise<SmokeTarget> {
  const { url, secureUrl, apiKey, apiSecret, address, namePrefix, servers } = outputs;
  const { docker } = await findEngine();
  const coturn = docker.getContainer(`${namePrefix}-coturn`);
  return {
    url,
    secureUrl,
    apiKey,
    apiSecret,
    connectAddress: address,
    relayPorts: relayPorts(ports),
    ...(servers !== "1" && {
      unavailable: { tcp: "only one of several servers has the port; a room may be on another" },
    }),
    ...(existsSync(caFile) && { ca: readFileSync(caFile, "utf8") }),
    relayLog: async (sinceEpochMs) => {
      const log = await coturn.logs({ stdout: true, stderr: true, since: Math.floor(sinceEpochMs / 1000) });
      return log.toString("utf8");
    },
  };
}
