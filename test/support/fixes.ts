import { parseConfiguration, type RawConfig } from "../../model/settings/parse";
import { secretKeys } from "../../model/settings/secret-specs";
import { type ConfigError, UserError } from "../../model/user-error";
import { pem } from "./bad-settings";
import { configured } from "./configured";
import { commandsOf, pulumiArguments } from "./documents";
import { monitoredSecrets } from "./settings";

/** A stack's settings: the engine's configuration, and the git-ignored `.env`. */
export type Given = Omit<RawConfig, "unread">;

/** @param secrets the stack's secrets, which a local stack reads from `.env` */
export function given(values: RawConfig["values"], secrets: RawConfig["env"] = monitoredSecrets): Given {
  if (values["target"] !== "aws") return { values, encrypted: new Set(), env: secrets };
  const { monitoringPassword: _, ...others } = secrets;
  return { values: { ...others, ...values }, encrypted: new Set(secretKeys), env: {} };
}

/** Returns the errors in the settings. */
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
 * Returns the alternative fixes that a message names, each as its commands in order. Skips commands that change no
 * settings, such as `aws`.
 */
export function waysOut({ fix }: ConfigError): readonly (readonly string[])[] {
  return fix
    .split(/[,;] or /)
    .map((way) => [...`${way} `.matchAll(command)].map(([line]) => line.trim()))
    .filter((lines) => lines.length > 0);
}

/** Returns the settings after a user runs the fix's commands. @throws Error if a command fails */
export function afterCommands(from: Given, { key, fix }: ConfigError, lines: readonly string[]): Given {
  const [, removed] = /^Remove that line from \.env/.test(fix) ? (/^livekit:(\w+)/.exec(key) ?? []) : [];
  return lines.reduce(afterCommand, removed ? { ...from, env: { ...from.env, [removed]: "" } } : from);
}

/** A possible output of `openssl rand -hex 32`, which a user may enter as a secret. */
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
  if (placeholder) throw new Error(`pulumi config ${args.join(" ")}: ${placeholder} is a placeholder, not a value`);
  const typed = args.map((arg) => (arg === "$(cat ca.pem)" ? pem("CERTIFICATE") : arg));
  const name = args.find((arg) => arg.startsWith("livekit:"))?.slice("livekit:".length) ?? "";
  const isPrompted = args.includes("--secret") && args.at(-1)?.startsWith("livekit:");
  return {
    values: configured(values, isPrompted ? [...args, name === "turnSecret" ? `t${typedSecret}` : typedSecret] : typed),
    encrypted: new Set([
      ...[...encrypted].filter((each) => each !== name),
      ...(args.includes("--secret") ? [name] : []),
    ]),
    env,
  };
}

/** Imitates `npm run secrets`, which creates missing secrets. */
function afterSecrets({ values, encrypted, env }: Given, finish: boolean): Given {
  const secrets = values["target"] === "aws" ? values : env;
  const entries = Object.entries(secrets).filter(([name, value]) => value && !(finish && name.startsWith("previous")));
  const complete = { ...monitoredSecrets, ...Object.fromEntries(entries) };
  return values["target"] === "aws"
    ? { values: { ...values, ...complete }, encrypted, env }
    : { values, encrypted, env: complete };
}

/**
 * Applies the first fix of each error until no errors are left, and checks that every fix works. Returns the applied
 * fixes.
 */
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
  throw new Error(`errors are left: ${JSON.stringify(errors(now))}`);
}
