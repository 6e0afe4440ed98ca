import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type EnvValues, parseEnv } from "../model/settings/env-text";
import { ownNamespace } from "../model/settings/namespaces";
import { envNames } from "../model/settings/secrets";
import { readFile } from "./read-file";

/** Pulumi's name for the project, and so the namespace of its keys and a folder of its state. */
export const projectName = ownNamespace;

/** What Node needs to load TypeScript, in the checkout. */
export const typescriptOption = "--require ./scripts/lib/typescript.cjs";

/** The checkout; commands and the ignored files are relative to it. */
export const projectFolder = resolve(__dirname, "..");

/** Where the ignored local files are: `.env`, the local authority and the local state. Tests give themselves another. */
export const localFolder = process.env["LIVEKIT_STACK_HOME"] ?? projectFolder;

/** Ignored: state of the embedded backend, its passphrase, the local authority. */
export const stateFolder = join(localFolder, ".state");

/** Tells a stack's containers from those of another folder's stack with the same name prefix. */
export function owner(stack: string): string {
  return `stack ${stack} of ${resolve(localFolder)}`;
}

/** Where stack files are looked for, in order. */
let stackFolders: readonly string[] = [localFolder, projectFolder];

/** The stack's file, from the local folder where it has one of its own. Undefined where there is none. */
export function stackFile(stack: string): string | undefined {
  return stackFolders.map((folder) => join(folder, `Pulumi.${stack}.yaml`)).find(existsSync);
}

/** Prefers stack files of another folder during the work. */
export async function withStackFiles<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const before = stackFolders;
  stackFolders = [folder, ...before];
  try {
    return await work();
  } finally {
    stackFolders = before;
  }
}

export const envFile = join(localFolder, ".env");

/** What `npm start` found out about this machine and keeps in `.env`, so that plain `pulumi up` agrees with it. */
export interface MachineFacts {
  readonly network?: string;
  readonly imageSource?: string;
}

export const machineFactNames = {
  network: "LIVEKIT_STACK_NETWORK",
  imageSource: "LIVEKIT_STACK_IMAGE_SOURCE",
} as const;

/** Every value of the local `.env` by its name there. @throws Refusal with each line that is not understood */
export function readEnvFile(): EnvValues {
  return existsSync(envFile) ? parseEnv(readFile(envFile), envFile) : {};
}

/** The local `.env`: secrets by configuration key, and the machine's facts. Empty where there is no such file. */
export function readEnv(): { readonly secrets: Readonly<Record<string, string>>; readonly machineFacts: MachineFacts } {
  const values = readEnvFile();
  const pick = (names: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(names).flatMap(([key, name]) => (values[name] === undefined ? [] : [[key, values[name]]])),
    );
  return { secrets: pick(envNames), machineFacts: pick(machineFactNames) };
}
