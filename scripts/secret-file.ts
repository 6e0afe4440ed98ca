import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { parse } from "dotenv";
import { envNames } from "../model/settings/secrets";
import { envFile } from "../stacks/env";

type EnvValues = Readonly<Record<string, string>>;

/** Fresh values by name in `.env`. Letters and digits only, 32 characters and more for what is secret. */
export function freshSecrets(): EnvValues {
  return {
    [envNames.apiKey]: `API${randomBytes(6).toString("hex")}`,
    [envNames.apiSecret]: randomBytes(32).toString("hex"),
    [envNames.turnSecret]: randomBytes(32).toString("hex"),
    [envNames.redisPassword]: randomBytes(32).toString("hex"),
  };
}

/** Adds what is missing to `.env`. Returns the names that were made. */
export function ensureSecrets(): string[] {
  const present = readEnvFile();
  const made = Object.entries(freshSecrets()).filter(([name]) => !present[name]);
  if (made.length > 0) writeEnvFile(Object.fromEntries(made));
  return made.map(([name]) => name);
}

export function readEnvFile(): EnvValues {
  return existsSync(envFile) ? parse(readFileSync(envFile)) : {};
}

/**
 * Sets values in `.env` and removes those that are undefined; every other line stays as it is. The file is replaced
 * whole, so that an interruption leaves the old one.
 */
export function writeEnvFile(changes: Readonly<Record<string, string | undefined>>): void {
  const lines = existsSync(envFile) ? readFileSync(envFile, "utf8").split("\n") : [header];
  const kept = lines.filter((line) => !Object.keys(changes).some((name) => line.startsWith(`${name}=`)));
  while (kept.at(-1) === "") kept.pop();
  const set = Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  const draft = `${envFile}.${process.pid}`;
  writeFileSync(draft, `${[...kept, ...set].join("\n")}\n`, { mode: 0o600 });
  renameSync(draft, envFile);
}

const header = "# Secrets and facts of this machine, made by npm start. Ignored by git.";
