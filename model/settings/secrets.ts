import { createHmac } from "node:crypto";
import { passwordHash } from "../password-hash";
import type { NonEmpty } from "../required";
import type { ConfigError } from "../user-error";
import type { Settings } from "./schema";
import { type SecretKey, secretKeys } from "./secret-specs";

export interface ApiKey {
  readonly key: string;
  readonly secret: string;
}

/** The stack's secrets. The first entry of each list is current. A second one is valid during a rotation. */
export interface Secrets {
  readonly apiKeys: NonEmpty<ApiKey>;
  readonly turnSecrets: NonEmpty<string>;
  readonly redisPassword: string;
  /**
   * Password for LiveKit's metrics, which the node's own agent reads. Derived from the API secret, so that it need not
   * be stored.
   */
  readonly metricsPassword: string;
  /** Hash of the metrics password for the exporters' files. */
  readonly metricsPasswordHash: string;
  /** Password for Prometheus and Grafana users. Empty without monitoring. */
  readonly monitoringPassword: string;
}

/** Names of the secret keys in `.env`, which git ignores. */
export const envNames: Readonly<Record<SecretKey, string>> = {
  apiKey: "LIVEKIT_API_KEY",
  apiSecret: "LIVEKIT_API_SECRET",
  turnSecret: "TURN_SECRET",
  redisPassword: "REDIS_PASSWORD",
  monitoringPassword: "MONITORING_PASSWORD",
  previousApiKey: "PREVIOUS_LIVEKIT_API_KEY",
  previousApiSecret: "PREVIOUS_LIVEKIT_API_SECRET",
  previousTurnSecret: "PREVIOUS_TURN_SECRET",
};

/** The stack rejects shorter secrets. LiveKit only logs an error for them. */
const minimumSecretLength = 32;

/** Unvalidated secret values by key. */
export type SecretTexts = Readonly<Partial<Record<SecretKey, string | undefined>>>;
type Rule = { readonly holds: (value: string) => boolean; readonly rule: string };

const longEnough: Rule = {
  holds: (value) => value.length >= minimumSecretLength,
  rule: `must have at least ${minimumSecretLength} characters`,
};
/** The minimum length does not apply to an external Redis, whose operator chose the password. */
const longEnoughForRedis: Rule = {
  ...longEnough,
  rule: `${longEnough.rule} unless livekit:redis.mode is external`,
};
/** A line break, quote, `#` or blank would end or change the value in one of the services' files. */
const plainText: Rule = {
  holds: (value) => /^[\x21\x24-\x26\x28-\x5b\x5d-\x7e]+$/.test(value),
  rule: "must be printable ASCII without spaces, quotes, # and backslashes",
};
const notPlaceholder: Rule = {
  holds: (value) => !/your_|changeme|placeholder|^x{8,}$|^secret$|^devkey$/i.test(value),
  rule: "must not be a placeholder",
};
const keyName: Rule = {
  holds: (value) => /^[A-Za-z0-9_-]{3,64}$/.test(value),
  rule: "must be 3 to 64 letters, digits, hyphens and underscores",
};

const rules: Readonly<Record<SecretKey, readonly Rule[]>> = {
  apiKey: [keyName, notPlaceholder],
  apiSecret: [longEnough, plainText, notPlaceholder],
  turnSecret: [longEnough, plainText, notPlaceholder],
  redisPassword: [longEnoughForRedis, plainText, notPlaceholder],
  monitoringPassword: [longEnough, plainText, notPlaceholder],
  previousApiKey: [keyName],
  previousApiSecret: [longEnough, plainText],
  previousTurnSecret: [longEnough, plainText],
};

/** Returns the rules of a secret. Each text follows the key, such as "must have at least ...". */
export function secretRules(name: SecretKey): readonly string[] {
  return rules[name].map(({ rule }) => rule);
}

/**
 * Reports whether a stack needs this secret.
 * @param monitored whether the stack runs services that need the monitoring password
 */
export function isNeeded(name: SecretKey, monitored: boolean): boolean {
  return name === "monitoringPassword" ? monitored : !name.startsWith("previous");
}

/**
 * Validates all secrets. Errors contain the key and the rule, never the value.
 * @param settings an invalid setting is undefined
 */
export function secretErrors(
  texts: SecretTexts,
  { target, monitoring, redis }: Partial<Pick<Settings, "target" | "monitoring" | "redis">>,
): ConfigError[] {
  const error = (name: SecretKey, rule: string): ConfigError => ({
    // On AWS the stack does not read `.env`. Its secrets are in the encrypted configuration.
    key: `livekit:${name}${target === "aws" ? "" : ` (${envNames[name]} in .env)`}`,
    rule,
    fix: target === "aws" ? awsFix(name, texts[name]) : localFix(name, texts[name]),
  });
  const errors = secretKeys.flatMap((name) => {
    const value = texts[name];
    const monitored = monitoring === true && target !== "aws";
    if (value === undefined) return isNeeded(name, monitored) ? [error(name, "is missing")] : [];
    if (name === "monitoringPassword" && target === "aws") return [localPassword];
    const applicable = rules[name].filter((rule) => rule !== longEnoughForRedis || redis?.mode !== "external");
    return applicable.filter(({ holds }) => !holds(value)).map(({ rule }) => error(name, rule));
  });
  if (texts.turnSecret !== undefined && texts.turnSecret === texts.apiSecret) {
    errors.push(error("turnSecret", "must differ from the API secret"));
  }
  if ((texts.previousApiKey === undefined) !== (texts.previousApiSecret === undefined)) {
    const missing = texts.previousApiKey === undefined ? "previousApiKey" : "previousApiSecret";
    errors.push(error(missing, "must be set: the previous API key and its secret belong together"));
  }
  if (texts.previousApiKey !== undefined && texts.previousApiKey === texts.apiKey) {
    errors.push(error("previousApiKey", "must differ from livekit:apiKey"));
  }
  return errors;
}

/** Rejects the password on AWS, where it would have no effect. */
const localPassword: ConfigError = {
  key: "livekit:monitoringPassword",
  rule: "this key is allowed only with livekit:target local; on AWS your own Prometheus and Grafana have their own passwords",
  fix: "Remove it with: pulumi config rm livekit:monitoringPassword",
};

function awsFix(name: SecretKey, value: string | undefined): string {
  const set = `Set it with: pulumi config set --secret livekit:${name}`;
  const isMade = value === undefined && !name.startsWith("previous");
  return isMade ? `${set}, or create all missing secrets with: npm run secrets` : set;
}

function localFix(name: SecretKey, value: string | undefined): string {
  if (name.startsWith("previous")) return "Finish the rotation with: npm run secrets -- --finish";
  const make = "npm run secrets";
  return value === undefined
    ? `Create it with: ${make}`
    : `Remove that line from .env, then create a new secret with: ${make}`;
}

/** Converts validated secret texts to the stack's secrets. */
export function toSecrets(texts: SecretTexts): Secrets {
  const { apiKey = "", apiSecret = "", turnSecret = "", redisPassword = "", monitoringPassword = "" } = texts;
  const { previousApiKey, previousApiSecret, previousTurnSecret } = texts;
  const metricsPassword = createHmac("sha256", apiSecret).update("metrics").digest("hex");
  return {
    apiKeys: [
      { key: apiKey, secret: apiSecret },
      ...(previousApiKey && previousApiSecret ? [{ key: previousApiKey, secret: previousApiSecret }] : []),
    ],
    turnSecrets: [turnSecret, ...(previousTurnSecret ? [previousTurnSecret] : [])],
    redisPassword,
    metricsPassword,
    metricsPasswordHash: passwordHash(metricsPassword),
    monitoringPassword,
  };
}
