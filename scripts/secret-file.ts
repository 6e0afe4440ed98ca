import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { parse } from "dotenv";
import { envNames } from "../model/settings/secrets";
import { envFile } from "../stacks/env";
import { replaceFile } from "./replace-file";

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

/** Sets values in `.env` and removes those that are undefined; every other line stays as it is. */
export function writeEnvFile(changes: Readonly<Record<string, string | undefined>>): void {
  const lines = existsSync(envFile) ? readFileSync(envFile, "utf8").split("\n") : [header];
  const kept = lines.filter((line) => !Object.keys(changes).some((name) => line.startsWith(`${name}=`)));
  while (kept.at(-1) === "") kept.pop();
  const set = Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  replaceFile(envFile, `${[...kept, ...set].join("\n")}\n`);
}

const header = "# Secrets and facts of this machine, made by npm start. Ignored by git.";
