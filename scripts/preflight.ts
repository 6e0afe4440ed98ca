import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { type Fleet, planLocalFleet } from "../model/fleet";
import { type Configuration, parseConfiguration } from "../model/settings/parse";
import { keySpecs } from "../model/settings/schema";
import { readEnv } from "../stacks/env";
import { findHost } from "../stacks/host";
import { requireStackFile } from "./engine";

interface StackFile {
  readonly config?: Readonly<Record<string, unknown>>;
}

/**
 * Settings and plan of a local stack as its file and `.env` have them, without starting the engine.
 * @throws Refusal with everything that is wrong with them
 */
export async function planFromFile(stack: string): Promise<Configuration & { readonly fleet: Fleet }> {
  const own = Object.entries(config(stack)).filter(([key]) => key.startsWith("livekit:"));
  const { secrets, machineFacts } = readEnv();
  const isEncrypted = ([, value]: [string, unknown]) =>
    typeof value === "object" && value !== null && "secure" in value;
  const configuration = parseConfiguration({
    values: Object.fromEntries(
      own.filter((entry) => !isEncrypted(entry)).map(([key, value]) => [bare(key), text(value)]),
    ),
    encrypted: new Set(own.filter(isEncrypted).map(([key]) => bare(key))),
    env: secrets,
  });
  return { ...configuration, fleet: planLocalFleet(configuration.settings, await findHost(machineFacts)) };
}

/** What the names of a stack's containers and volumes begin with, whatever else may be wrong with its settings. */
export function namePrefix(stack: string): string {
  return text(config(stack)["livekit:namePrefix"] || keySpecs.namePrefix.default);
}

function config(stack: string): NonNullable<StackFile["config"]> {
  const file: StackFile | null = parse(readFileSync(requireStackFile(stack), "utf8"));
  return file?.config ?? {};
}

function bare(key: string): string {
  return key.slice("livekit:".length);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
