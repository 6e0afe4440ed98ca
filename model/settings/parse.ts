import { closest } from "fastest-levenshtein";
import type { Fault } from "../fault";
import { refuse } from "../fault";
import { settingFaults } from "./rules";
import { type KeyName, type KeySpec, keyNames, keySpecs, type SecretKey, type Settings, secretKeys } from "./schema";
import { type Secrets, secretFaults, toSecrets } from "./secrets";

/** What the engine hands over: text by key (without `livekit:`), and which of the keys are encrypted. */
export interface RawConfig {
  readonly values: Readonly<Record<string, string>>;
  readonly encrypted: ReadonlySet<string>;
  /** Secrets and machine facts of the ignored `.env`, by key. A stack's own configuration wins over them. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Configuration {
  readonly settings: Settings;
  readonly secrets: Secrets;
}

/**
 * Turns a stack's configuration into settings and secrets.
 * @throws Refusal with every fault of every key at once.
 */
export function parseConfiguration(raw: RawConfig): Configuration {
  const given = { ...nonEmpty(raw.env), ...nonEmpty(raw.values) };
  const faults: Fault[] = [...unknownKeys(given), ...secretsInClear(raw)];
  const settings = Object.fromEntries(
    keyNames.filter((name) => !isSecret(name)).map((name) => [name, parseKey(name, given[name], faults)]),
  ) as unknown as Settings;
  const secretTexts = Object.fromEntries(secretKeys.map((name) => [name, given[name]]));
  faults.push(...secretFaults(secretTexts, settings.target));
  // Rules across keys speak of whole values; with a broken key they would only repeat its fault.
  if (faults.length === 0) faults.push(...settingFaults(settings, given["apiKey"]));
  refuse(faults);
  return { settings, secrets: toSecrets(secretTexts) };
}

function nonEmpty(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
}

function isSecret(name: string): name is SecretKey {
  return (secretKeys as readonly string[]).includes(name);
}

function unknownKeys(given: Readonly<Record<string, string>>): Fault[] {
  return Object.keys(given)
    .filter((name) => !(name in keySpecs))
    .map((name) => {
      const near = closest(name, keyNames);
      return {
        key: `livekit:${name}`,
        rule: `is not a key of this stack; the nearest is livekit:${near}`,
        fix: `Remove it with: pulumi config rm livekit:${name}`,
      };
    });
}

function secretsInClear({ values, encrypted }: RawConfig): Fault[] {
  return keyNames
    .filter((name) => (keySpecs[name] as KeySpec).secret && values[name] && !encrypted.has(name))
    .map((name) => ({
      key: `livekit:${name}`,
      rule: "is a secret and stands in the stack file in clear",
      fix: `Replace it, since it has been seen, and encrypt it with: pulumi config set --secret livekit:${name}`,
    }));
}

/** The key's typed value or default; what is wrong with it goes to `faults`. */
function parseKey(name: KeyName, value: string | undefined, faults: Fault[]): unknown {
  const spec: KeySpec = keySpecs[name];
  const parsed = value === undefined ? spec.default : fromText(value, spec);
  if (parsed === undefined) return undefined;
  const result = spec.schema.safeParse(parsed);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const path = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
    faults.push({
      key: `livekit:${name}${path}`,
      value: at(parsed, issue.path),
      rule: issue.code === "unrecognized_keys" ? `has unknown members: ${issue.keys.join(", ")}` : issue.message,
      fix: `Set it with: pulumi config set ${spec.example.startsWith("--path") ? spec.example : `livekit:${name} ${spec.example}`}`,
    });
  }
  return undefined;
}

/** Pulumi's configuration is text; objects and arrays are JSON. Text of another form stays text, for the schema to refuse. */
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
