import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { changeEnv } from "../../model/settings/env-text";
import type { SecretKey } from "../../model/settings/schema";
import { envNames, isNeeded } from "../../model/settings/secrets";
import { cannot } from "../../model/user-error";
import { envFile, readEnvFile } from "../../stacks/env";
import { readFile } from "../../stacks/read-file";
import { replaceFile } from "../../stacks/replace-file";

/** Key of a secret, except the previous secrets, which exist only during a rotation. */
export type NeededSecret = Exclude<SecretKey, `previous${string}`>;

/**
 * Generates all secrets that the stack needs: letters and digits only, at least 32 characters for each secret value.
 * @param monitoring whether the stack has monitoring
 */
export function freshSecrets(monitoring = false): Readonly<Partial<Record<NeededSecret, string>>> {
  const all: Record<NeededSecret, string> = {
    apiKey: `API${randomBytes(6).toString("hex")}`,
    apiSecret: randomBytes(32).toString("hex"),
    turnSecret: randomBytes(32).toString("hex"),
    redisPassword: randomBytes(32).toString("hex"),
    monitoringPassword: randomBytes(32).toString("hex"),
  };
  return Object.fromEntries(Object.entries(all).filter(([key]) => isNeeded(key as NeededSecret, monitoring)));
}

/**
 * Store of a stack's secrets: the git-ignored `.env` for local stacks, the encrypted configuration for stacks on AWS.
 */
export interface SecretStore {
  /** Name of the store in messages. */
  readonly name: string;
  read(): Promise<Readonly<Partial<Record<SecretKey, string>>>>;
  /** Sets values, and removes those that are undefined. */
  change(changes: Readonly<Partial<Record<SecretKey, string | undefined>>>): Promise<void>;
}

/** Generates the missing secrets. Returns their keys. */
export async function makeMissing(store: SecretStore, monitoring: boolean): Promise<NeededSecret[]> {
  const present = await store.read();
  const missing = (Object.entries(freshSecrets(monitoring)) as [NeededSecret, string][]).filter(
    ([key]) => !present[key],
  );
  if (missing.length > 0) await changeSecrets(store, Object.fromEntries(missing));
  return missing.map(([key]) => key);
}

/**
 * Changes secrets, then reads them back.
 * @throws UserError with the keys, never the values, if the store does not hold what was written
 */
export async function changeSecrets(
  store: SecretStore,
  changes: Readonly<Partial<Record<SecretKey, string | undefined>>>,
): Promise<void> {
  await store.change(changes);
  const held = await store.read();
  const wrong = (Object.keys(changes) as SecretKey[]).filter((key) => held[key] !== changes[key]);
  if (wrong.length === 0) return;
  throw cannot(
    store.name,
    `the secret store does not return the values that this command wrote for ${wrong.join(", ")}`,
    "Correct these values in the secret store, then run the command again",
  );
}

/** Secret store in `.env`. */
export const secretFile: SecretStore = {
  name: envFile,
  read: async () => {
    const values = readEnvFile();
    return Object.fromEntries(
      Object.entries(envNames).flatMap(([key, name]) => (values[name] ? [[key, values[name]]] : [])),
    );
  },
  change: async (changes) =>
    writeEnvFile(
      Object.fromEntries(Object.entries(changes).map(([key, value]) => [envNames[key as SecretKey], value])),
    ),
};

/** Sets values in `.env` and removes those that are undefined. Every other line stays unchanged. */
export function writeEnvFile(changes: Readonly<Record<string, string | undefined>>): void {
  const content = existsSync(envFile) ? readFile(envFile) : Buffer.from(header);
  replaceFile(envFile, changeEnv(content, envFile, changes));
}

const header = "# Secrets and facts of this machine, created by npm start. Ignored by git.";
