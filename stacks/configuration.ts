import * as pulumi from "@pulumi/pulumi";
import { type Configuration, parseConfiguration } from "../model/settings/parse";
import { type MachineFacts, readEnv } from "./env";

const namespace = "livekit:";

/**
 * Reads the stack's configuration and the ignored `.env`; the only place that does.
 * @throws Refusal with everything that is wrong with them
 */
export function readConfiguration(): Configuration & { readonly machineFacts: MachineFacts } {
  const all = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(namespace));
  const { secrets, machineFacts } = readEnv();
  const configuration = parseConfiguration({
    values: Object.fromEntries(all.map(([key, value]) => [key.slice(namespace.length), value])),
    encrypted: new Set(all.filter(([key]) => isConfigSecret(key)).map(([key]) => key.slice(namespace.length))),
    env: secrets,
  });
  return { ...configuration, machineFacts };
}

/** The engine's own record of encrypted keys; exported by the runtime, though left out of its declarations. */
function isConfigSecret(key: string): boolean {
  return (pulumi.runtime as unknown as { isConfigSecret(key: string): boolean }).isConfigSecret(key);
}
