import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Host } from "../../model/fleet";
import { parseConfiguration, type RawConfig } from "../../model/settings/parse";
import { secretKeys } from "../../model/settings/secret-specs";
import type { CallPage } from "../../templates/call-page";

/** Valid secrets, for tests that do not depend on their values. */
export const testSecrets: Readonly<Record<string, string>> = {
  apiKey: "APItest",
  apiSecret: "planted-api-secret-0123456789abcdef",
  turnSecret: "planted-turn-secret-0123456789abcdef",
  redisPassword: "planted-redis-password-0123456789ab",
};

/** A distinct content for each file, so that tests can find it in the result. */
export const testCallPage: CallPage = {
  "call.html": "HTML",
  "call.css": "CSS",
  "call.js": "SCRIPT",
  "call.svg": "ICON",
};
/** The test secrets of a stack with monitoring. */
export const monitoredSecrets = { ...testSecrets, monitoringPassword: "planted-monitoring-password-01234567" };

export const testHost: Host = {
  address: "198.51.100.7",
  addresses: ["127.0.0.1", "198.51.100.7", "192.0.2.20"],
  cores: 4,
  network: "host",
  imageSource: "registry",
  hostName: "laptop",
};

export function configure(values: RawConfig["values"] = {}, env: RawConfig["env"] = testSecrets) {
  return parseConfiguration({ values, encrypted: new Set(), env });
}

/** A valid region. */
export const testRegion = { name: "eu-central-1", cidr: "10.0.0.0/16", nodes: 1, instanceType: "c7i.large" };

/** Two regions of two nodes each, behind load balancers, with one Redis. */
export const fleetValues = {
  regions: JSON.stringify([
    { ...testRegion, nodes: 2, primary: true },
    { ...testRegion, name: "us-east-1", cidr: "10.1.0.0/16", nodes: 2 },
  ]),
  redis: '{"mode": "elasticache"}',
  loadBalancer: "nlb",
  changePolicy: "drain",
} as const;

/** One region of three nodes, with DNS records and an external Redis. */
export const trioValues = {
  regions: JSON.stringify([{ ...testRegion, nodes: 3 }]),
  redis: '{"mode": "external", "address": "redis.example.org:6380", "tls": true}',
  loadBalancer: "dns",
  changePolicy: "drain",
} as const;

/** A valid configuration of a stack on AWS. Every row of its port table is open to the internet. */
export const awsValues: RawConfig["values"] = {
  target: "aws",
  apiIngress: "world",
  domain: "example.com",
  acme: '{"email": "ops@example.com"}',
  regions: JSON.stringify([testRegion]),
};

/** Returns the values of `Pulumi.<stack>.yaml` as the engine passes them. */
export function stackFileValues(path: string): RawConfig["values"] {
  const { config } = parse(readFileSync(path, "utf8")) as { config: Record<string, unknown> };
  const text = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("livekit:", ""), text(value)]));
}

/** Parses the settings of a stack on AWS, whose secrets are encrypted in its configuration. */
export function configureAws(values: RawConfig["values"] = {}) {
  return parseConfiguration({
    values: { ...awsValues, ...testSecrets, ...values },
    encrypted: new Set(secretKeys),
    env: {},
  });
}
