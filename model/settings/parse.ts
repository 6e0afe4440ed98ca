import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import type { ConfigError } from "../user-error";
import { throwIfAny } from "../user-error";
import { memberKey, removeCommand, shellWord } from "./commands";
import { exampleAt } from "./examples";
import type { KeySpec } from "./key-spec";
import { settingErrors } from "./rules";
import { type KeyName, keyNames, keySpecs, type Settings } from "./schema";
import { type SecretKey, secretKeys } from "./secret-specs";
import { type Secrets, type SecretTexts, secretErrors, toSecrets } from "./secrets";

/**
 * Raw configuration from the engine: each value as text, by its key without the prefix `livekit:`, and the keys whose
 * values are encrypted.
 */
export interface RawConfig {
  readonly values: Readonly<Record<string, string>>;
  readonly encrypted: ReadonlySet<string>;
  /** Secrets whose values are placeholders here, so no rule compares them. @default none */
  readonly unread?: ReadonlySet<string>;
  /** Secrets from this machine's `.env`, by key. A local stack uses them for keys that its configuration leaves out. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Configuration {
  readonly settings: Settings;
  readonly secrets: Secrets;
}

/**
 * Parses a stack's configuration into settings and secrets.
 * @throws {UserError} with all errors of all keys.
 */
export function parseConfiguration(raw: RawConfig): Configuration {
  const given = { ...(raw.values["target"] === "aws" ? {} : nonEmpty(raw.env)), ...nonEmpty(raw.values) };
  const misplaced = misplacedKeys(given);
  const errors: ConfigError[] = [
    ...unknownKeys(given),
    ...misplaced.map(misplacedError),
    ...secretsInClear(raw),
    ...emptySecrets(raw),
  ];
  const plainKeys = keyNames.filter((name) => !isSecret(name) && !misplaced.includes(name));
  const settings = Object.fromEntries(
    plainKeys.map((name) => [name, parseKey(name, given[name], errors)]),
  ) as unknown as Settings;
  const secretTexts = Object.fromEntries(secretKeys.map((name) => [name, given[name]]));
  errors.push(...secretErrors(secretTexts, settings));
  // Rules across keys need valid values. If a key is invalid, such a rule would only repeat the key's error.
  if (errors.length === 0) errors.push(...settingErrors(settings, known(secretTexts, raw)));
  throwIfAny(errors);
  return { settings, secrets: toSecrets(secretTexts) };
}

function known(texts: SecretTexts, { unread }: RawConfig): SecretTexts {
  return Object.fromEntries(Object.entries(texts).filter(([name]) => !unread?.has(name)));
}

function nonEmpty(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
}

function isSecret(name: string): name is SecretKey {
  return (secretKeys as readonly string[]).includes(name);
}

/** Maximum edit distance of a typo. A name that differs by more letters counts as a different word. */
export const maxTypoDistance = 2;

function unknownKeys(given: Readonly<Record<string, string>>): ConfigError[] {
  return Object.keys(given)
    .filter((name) => !(name in keySpecs))
    .map((name) => {
      const near = closest(name, keyNames);
      const hint =
        distance(name, near) <= maxTypoDistance
          ? `the closest is livekit:${near}`
          : "docs/configuration.md lists all keys";
      return {
        key: `livekit:${name}`,
        rule: `is not a key of this stack; ${hint}`,
        fix: `Remove it with: pulumi config rm livekit:${name}`,
      };
    });
}

/** Returns AWS keys that are set on a local stack. Their members are not validated there. */
function misplacedKeys(given: Readonly<Record<string, string>>): KeyName[] {
  if ((given["target"] ?? keySpecs.target.default) !== "local") return [];
  return keyNames.filter((name) => {
    const [value, spec]: [string | undefined, KeySpec] = [given[name], keySpecs[name]];
    if (spec.target !== "aws" || value === undefined) return false;
    return JSON.stringify(fromText(value, spec)) !== JSON.stringify(spec.default);
  });
}

function misplacedError(name: KeyName): ConfigError {
  return {
    key: `livekit:${name}`,
    rule: "this key requires livekit:target aws, but this stack has livekit:target local",
    fix: `Remove it with: pulumi config rm livekit:${name}; or, for a stack on AWS, set livekit:target to aws`,
  };
}

function secretsInClear({ values, encrypted }: RawConfig): ConfigError[] {
  return keyNames
    .filter((name) => (keySpecs[name] as KeySpec).secret && values[name] && !encrypted.has(name))
    .map((name) => ({
      key: `livekit:${name}`,
      rule: "the value is a secret and must not be in the stack file in plain text",
      fix: `Choose a new value, because this one is exposed, and encrypt it with: pulumi config set --secret livekit:${name}`,
    }));
}

/**
 * Rejects encrypted keys with an empty value. An empty default of the project means "not set". An empty encrypted value
 * comes from the user, for example from an undefined shell variable.
 */
function emptySecrets({ values, encrypted }: RawConfig): ConfigError[] {
  return secretKeys
    .filter((name) => values[name]?.trim() === "" && encrypted.has(name))
    .map((name) => ({
      key: `livekit:${name}`,
      rule: "the secret must not be empty",
      fix: `Set it with: pulumi config set --secret livekit:${name}, or remove it with: pulumi config rm livekit:${name}`,
    }));
}

/** Returns the key's parsed value or its default. Appends the key's errors to `errors`. */
function parseKey(name: KeyName, value: string | undefined, errors: ConfigError[]): unknown {
  const spec: KeySpec = keySpecs[name];
  const parsed = value === undefined ? spec.default : fromText(value, spec);
  if (parsed === undefined) return undefined;
  const result = spec.schema.safeParse(parsed);
  if (result.success) return result.data;
  errors.push(...result.error.issues.flatMap((issue) => issueErrors(name, parsed, issue)));
  return undefined;
}

function issueErrors(name: KeyName, parsed: unknown, issue: z.core.$ZodIssue): ConfigError[] {
  const key = memberKey(`livekit:${name}`, ...issue.path);
  if (issue.code === "unrecognized_keys") return issue.keys.map((member) => unknownMember(key, member, name));
  return [
    {
      key,
      value: at(parsed, issue.path),
      rule: issue.message,
      fix: fixOf(name, issue.path),
    },
  ];
}

function unknownMember(key: string, member: string, name: KeyName): ConfigError {
  const members = memberNames((keySpecs[name] as KeySpec).schema);
  return {
    key: `${key}.${member}`,
    rule: `is not a member of ${key}${members.length > 0 ? `; the closest is ${key}.${closest(member, members)}` : ""}`,
    fix: `Remove it with: ${removeCommand(memberKey(key, member))}`,
  };
}

function memberNames(schema: unknown): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodRecord && schema.keyType instanceof z.ZodEnum) return schema.keyType.options.map(String);
  return [];
}

/**
 * Returns the command that sets the invalid value to an example. If a single value is not possible, the command removes
 * the key and sets its members again.
 */
function fixOf(name: KeyName, path: readonly PropertyKey[]): string {
  const { example } = keySpecs[name] as KeySpec;
  const key = memberKey(`livekit:${name}`, ...path);
  if (path.length === 0 && !example.startsWith("--path")) return `Set it with: pulumi config set ${key} ${example}`;
  const value = path.length === 0 ? undefined : exampleAt(name, path);
  if (value !== undefined) return `Set it with: pulumi config set --path ${shellWord(key)} ${value}`;
  const remove = path.length === 0 ? `pulumi config rm ${key}` : removeCommand(key);
  return `Remove it with: ${remove}, then set its members, for example: pulumi config set ${example}`;
}

/**
 * Parses a configuration value. Pulumi stores text, and objects and arrays as JSON. Invalid JSON stays text, so that
 * the schema rejects it.
 */
function fromText(value: string, { type }: KeySpec): unknown {
  if (type === "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part], value);
}
