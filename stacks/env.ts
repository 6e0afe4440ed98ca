import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type EnvValues, parseEnv } from "../model/settings/env-text";
import { ownNamespace } from "../model/settings/namespaces";
import { envNames } from "../model/settings/secrets";
import { readFile } from "./read-file";

/**
 * Name of the Pulumi project. It is also the namespace of the configuration keys and the name of a folder in the local
 * state.
 */
export const projectName = ownNamespace;

/** Node.js option that loads TypeScript, relative to the checkout. */
export const typescriptOption = "--require ./scripts/lib/typescript.cjs";

/** The checkout. Commands and git-ignored files are relative to it. */
export const projectFolder = resolve(__dirname, "..");

/**
 * Absolute path of the folder of git-ignored local files: `.env`, the local CA and the local state. Tests set another
 * folder. A relative path is relative to the checkout, where commands run.
 */
export const localFolder = resolve(projectFolder, process.env["LIVEKIT_STACK_HOME"] ?? "");

/** Git-ignored folder: state of the embedded backend, its passphrase, the local CA. */
export const stateFolder = join(localFolder, ".state");

/** Returns the value of the owner label. It distinguishes stacks with the same name prefix in different folders. */
export function owner(stack: string): string {
  return `stack ${stack} of ${localFolder}`;
}

/** Folders searched for stack files, in order. */
let stackFolders: readonly string[] = [localFolder, projectFolder];

/** Returns the path of the stack's file, from the local folder if it has one. Undefined if no folder has it. */
export function stackFile(stack: string): string | undefined {
  return stackFolders.map((folder) => join(folder, `Pulumi.${stack}.yaml`)).find(existsSync);
}

/** Runs `work` while stack files in another folder take precedence. */
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

/** Facts about this machine that `npm start` detects and keeps in `.env`, so that a plain `pulumi up` uses them too. */
export interface MachineFacts {
  readonly network?: string;
  readonly imageSource?: string;
}

export const machineFactNames = {
  network: "LIVEKIT_STACK_NETWORK",
  imageSource: "LIVEKIT_STACK_IMAGE_SOURCE",
} as const;

/** Reads all values of the local `.env` by name. @throws UserError with each line that can't be parsed */
export function readEnvFile(): EnvValues {
  return existsSync(envFile) ? parseEnv(readFile(envFile), envFile) : {};
}

/** Reads the local `.env`: secrets by configuration key, and machine facts. Empty if there is no such file. */
export function readEnv(): { readonly secrets: Readonly<Record<string, string>>; readonly machineFacts: MachineFacts } {
  const values = readEnvFile();
  const pick = (names: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(names).flatMap(([key, name]) => (values[name] === undefined ? [] : [[key, values[name]]])),
    );
  return { secrets: pick(envNames), machineFacts: pick(machineFactNames) };
}
