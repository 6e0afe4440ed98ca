import { parseConfiguration, type RawConfig } from "../../model/settings/parse";
import { secretKeys } from "../../model/settings/secret-specs";
import { type ConfigError, UserError } from "../../model/user-error";
import { pem } from "./bad-settings";
import { configured } from "./configured";
import { commandsOf, pulumiArguments } from "./documents";
import { monitoredSecrets } from "./settings";

/** Where a stack's settings are: the engine's configuration, and the ignored `.env`. */
export type Given = Omit<RawConfig, "unread">;

/** @param secrets of the stack: a local one has them in `.env` */
export function given(values: RawConfig["values"], secrets: RawConfig["env"] = monitoredSecrets): Given {
  if (values["target"] !== "aws") return { values, encrypted: new Set(), env: secrets };
  const { monitoringPassword: _, ...others } = secrets;
  return { values: { ...others, ...values }, encrypted: new Set(secretKeys), env: {} };
}

/** What is wrong with the settings. */
export function errorsOf(run: () => unknown): readonly ConfigError[] {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error.errors;
    throw error;
  }
  return [];
}

export const settingErrorsOf = (from: Given) => errorsOf(() => parseConfiguration(from));

const command = /(?:pulumi config (?:set|rm)|npm run secrets|openssl rand) .*?(?=$|[,;] |\. [A-Z]| and )/g;

/**
 * The ways out that a message names, each with the commands to type one after the other; without those that change nothing of
 * the settings, such as of the `aws` command.
 */
export function waysOut({ fix }: ConfigError): readonly (readonly string[])[] {
  return fix
    .split(/[,;] or /)
    .map((way) => [...`${way} `.matchAll(command)].map(([line]) => line.trim()))
    .filter((lines) => lines.length > 0);
}

/** The settings after what a user does with a message's commands. @throws Error where a command fails */
export function afterCommands(from: Given, { key, fix }: ConfigError, lines: readonly string[]): Given {
  const [, removed] = /^Remove that line from \.env/.test(fix) ? (/^livekit:(\w+)/.exec(key) ?? []) : [];
  return lines.reduce(afterCommand, removed ? { ...from, env: { ...from.env, [removed]: "" } } : from);
}

/** What `openssl rand -hex 32` may print, and a user may type for a secret. */
const typedSecret = "0123456789abcdef".repeat(4);

function afterCommand(from: Given, line: string): Given {
  return commandsOf(line).reduce((now, each) => {
    const args = pulumiArguments(each)?.slice(1);
    if (args !== undefined) return afterConfig(now, args);
    if (each.program === "openssl") return now;
    return afterSecrets(now, each.args.includes("--finish"));
  }, from);
}

function afterConfig({ values, encrypted, env }: Given, args: readonly string[]): Given {
  const placeholder = args.find((arg) => /^[A-Z][A-Z_]+$/.test(arg));
  if (placeholder) throw new Error(`pulumi config ${args.join(" ")}: ${placeholder} is no value`);
  const typed = args.map((arg) => (arg === "$(cat ca.pem)" ? pem("CERTIFICATE") : arg));
  const name = args.find((arg) => arg.startsWith("livekit:"))?.slice("livekit:".length) ?? "";
  const asked = args.includes("--secret") && args.at(-1)?.startsWith("livekit:");
  return {
    values: configured(values, asked ? [...args, name === "turnSecret" ? `t${typedSecret}` : typedSecret] : typed),
    encrypted: new Set([
      ...[...encrypted].filter((each) => each !== name),
      ...(args.includes("--secret") ? [name] : []),
    ]),
    env,
  };
}

/** `npm run secrets`, which makes what is missing. */
function afterSecrets({ values, encrypted, env }: Given, finish: boolean): Given {
  const secrets = values["target"] === "aws" ? values : env;
  const entries = Object.entries(secrets).filter(([name, value]) => value && !(finish && name.startsWith("previous")));
  const complete = { ...monitoredSecrets, ...Object.fromEntries(entries) };
  return values["target"] === "aws"
    ? { values: { ...values, ...complete }, encrypted, env }
    : { values, encrypted, env: complete };
}

/** Follows each way out of every message until none is left. Returns the fixes that were followed. */
export function follow(
  from: Given,
  errors: (now: Given) => readonly ConfigError[] = settingErrorsOf,
): readonly string[] {
  const followed: string[] = [];
  let now = from;
  for (let round = 0; round < 12; round++) {
    const [error] = errors(now);
    if (error === undefined) return followed;
    const ways = waysOut(error).map((lines) => afterCommands(now, error, lines));
    const left = ways.map((then) => errors(then).filter(({ key, rule }) => key === error.key && rule === error.rule));
    expect([error.fix, left]).toEqual([error.fix, ways.map(() => [])]);
    followed.push(error.fix);
    now = ways[0] ?? now;
  }
  throw new Error(`faults are left: ${JSON.stringify(errors(now))}`);
}
