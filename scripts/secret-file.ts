import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { parse } from "dotenv";
import type { SecretKey } from "../model/settings/schema";
import { envNames, isNeeded } from "../model/settings/secrets";
import { envFile } from "../stacks/env";
import { replaceFile } from "./replace-file";

type EnvValues = Readonly<Record<string, string>>;

/** The secrets that a stack has, but for those of before a rotation. */
export type NeededSecret = Exclude<SecretKey, `previous${string}`>;

/**
 * Fresh values of all that the stack needs. Letters and digits only, 32 characters and more for what is secret.
 * @param monitoring whether the stack is monitored
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

/** Where a stack's secrets are: the ignored `.env` of local ones, the encrypted configuration of those on AWS. */
export interface SecretStore {
  /** How a message names it. */
  readonly name: string;
  read(): Promise<Readonly<Partial<Record<SecretKey, string>>>>;
  /** Sets values, and removes those that are undefined. */
  change(changes: Readonly<Partial<Record<SecretKey, string | undefined>>>): Promise<void>;
}

/** Adds what is missing. Returns the keys that were made. */
export async function makeMissing(store: SecretStore, monitoring: boolean): Promise<NeededSecret[]> {
  const present = await store.read();
  const missing = (Object.entries(freshSecrets(monitoring)) as [NeededSecret, string][]).filter(
    ([key]) => !present[key],
  );
  if (missing.length > 0) await store.change(Object.fromEntries(missing));
  return missing.map(([key]) => key);
}

/** `.env` as a store. */
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

export function readEnvFile(): EnvValues {
  return existsSync(envFile) ? parse(readFileSync(envFile)) : {};
}

/** Sets values in `.env` and removes those that are undefined; every other line stays as it is. */
export function writeEnvFile(changes: Readonly<Record<string, string | undefined>>): void {
  const lines = existsSync(envFile) ? readFileSync(envFile, "utf8").split("\n") : [header];
  const kept = lines.filter((line) => !Object.keys(changes).some((name) => line.startsWith(`${name}=`)));
  while (kept.at(-1) === "") kept.pop();
  const set = Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  replaceFile(envFile, `${[...kept, ...set].join("\n")}\n`);
}

const header = "# Secrets and facts of this machine, made by npm start. Ignored by git.";
