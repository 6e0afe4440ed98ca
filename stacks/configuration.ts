import * as pulumi from "@pulumi/pulumi";
import { namespaceErrors, ownNamespace } from "../model/settings/namespaces";
import { type Configuration, parseConfiguration } from "../model/settings/parse";
import { throwIfAny } from "../model/user-error";
import { type MachineFacts, readEnv } from "./env";

const namespace = `${ownNamespace}:`;
const providerNamespace = "aws:";

/** The `aws:` keys of the stack's configuration: arguments of the AWS provider, with encrypted values as secrets. */
export type ProviderSettings = Readonly<Record<string, unknown>>;

/**
 * Reads the stack's configuration and the git-ignored `.env`. Nothing else in the program reads them.
 * @param isEncrypted reports whether a key's value is encrypted in the stack's file
 * @throws UserError with all errors in them
 */
export function readConfiguration(
  isEncrypted: (key: string, value: string) => boolean = isConfigSecret,
): Configuration & { readonly machineFacts: MachineFacts } {
  const configured = pulumi.runtime.allConfig();
  throwIfAny(namespaceErrors(Object.keys(configured)));
  const all = Object.entries(configured).filter(([key]) => key.startsWith(namespace));
  const { secrets, machineFacts } = readEnv();
  const configuration = parseConfiguration({
    values: Object.fromEntries(all.map(([key, value]) => [key.slice(namespace.length), value])),
    encrypted: new Set(all.filter((entry) => isEncrypted(...entry)).map(([key]) => key.slice(namespace.length))),
    env: secrets,
  });
  return { ...configuration, machineFacts };
}

/** Reads the AWS provider's settings, such as a profile, from the stack's configuration. Objects are parsed as JSON. */
export function readProviderSettings(): ProviderSettings {
  const all = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(providerNamespace));
  return Object.fromEntries(
    all.map(([key, text]) => {
      const value: unknown = /^([[{]|true$|false$)/.test(text) ? JSON.parse(text) : text;
      return [key.slice(providerNamespace.length), isConfigSecret(key) ? pulumi.secret(value) : value];
    }),
  );
}

/**
 * Reports whether the key's value is encrypted. Pulumi's runtime exports this function, but its types do not declare
 * it.
 */
function isConfigSecret(key: string): boolean {
  return (pulumi.runtime as unknown as { isConfigSecret(key: string): boolean }).isConfigSecret(key);
}
