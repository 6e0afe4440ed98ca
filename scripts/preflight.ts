import { refuse } from "../model/fault";
import { type Fleet, planLocalFleet } from "../model/fleet";
import { type Configuration, parseConfiguration } from "../model/settings/parse";
import { keySpecs } from "../model/settings/schema";
import { readEnv } from "../stacks/env";
import { findHost } from "../stacks/host";
import { readStackFile, strayKeys } from "./stack-file";

/**
 * Settings and plan of a local stack as its file and `.env` have them, without starting the engine.
 * @throws Refusal with everything that is wrong with them
 */
export async function planFromFile(stack: string): Promise<Configuration & { readonly fleet: Fleet }> {
  const file = readStackFile(stack);
  refuse(strayKeys(file));
  const own = Object.entries(file.config);
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
  return text(readStackFile(stack).config["livekit:namePrefix"] || keySpecs.namePrefix.default);
}

function bare(key: string): string {
  return key.slice("livekit:".length);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
