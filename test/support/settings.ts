import type { Host } from "../../model/fleet";
import { parseConfiguration, type RawConfig } from "../../model/settings/parse";

/** Secrets of the right shape that no test has to look at. */
export const testSecrets: Readonly<Record<string, string>> = {
  apiKey: "APItest",
  apiSecret: "planted-api-secret-0123456789abcdef",
  turnSecret: "planted-turn-secret-0123456789abcdef",
  redisPassword: "planted-redis-password-0123456789ab",
};

export const testHost: Host = {
  address: "198.51.100.7",
  cores: 4,
  network: "host",
  imageSource: "registry",
  hostName: "laptop",
};

export function configure(values: RawConfig["values"] = {}, env: RawConfig["env"] = testSecrets) {
  return parseConfiguration({ values, encrypted: new Set(), env });
}
