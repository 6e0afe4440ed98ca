import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Host } from "../../model/fleet";
import { parseConfiguration, type RawConfig } from "../../model/settings/parse";
import { secretKeys } from "../../model/settings/secret-specs";
import type { CallPage } from "../../templates/call-page";

/** Secrets of the right shape that no test has to look at. */
export const testSecrets: Readonly<Record<string, string>> = {
  apiKey: "APItest",
  apiSecret: "planted-api-secret-0123456789abcdef",
  turnSecret: "planted-turn-secret-0123456789abcdef",
  redisPassword: "planted-redis-password-0123456789ab",
};

/** Marks each file, so that it is known where it comes out again. */
export const testCallPage: CallPage = {
  "call.html": "HTML",
  "call.css": "CSS",
  "call.js": "SCRIPT",
  "call.svg": "ICON",
};
/** As them, of a stack that is monitored. */
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

/** A region that passes every rule. */
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

/** One region of three nodes, with records of their own and a Redis elsewhere. */
export const trioValues = {
  regions: JSON.stringify([{ ...testRegion, nodes: 3 }]),
  redis: '{"mode": "external", "address": "redis.example.org:6380", "tls": true}',
  loadBalancer: "dns",
  changePolicy: "drain",
} as const;

/** Configuration of a stack on AWS that passes every rule; the world reaches every row of its port table. */
export const awsValues: RawConfig["values"] = {
  target: "aws",
  apiIngress: "world",
  domain: "example.com",
  acme: '{"email": "ops@example.com"}',
  regions: JSON.stringify([testRegion]),
};

/** What `Pulumi.<stack>.yaml` gives, as the engine hands it over. */
export function stackFileValues(path: string): RawConfig["values"] {
  const { config } = parse(readFileSync(path, "utf8")) as { config: Record<string, unknown> };
  const text = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("livekit:", ""), text(value)]));
}

/** Settings of a stack on AWS, its secrets encrypted in its configuration. */
export function configureAws(values: RawConfig["values"] = {}) {
  return parseConfiguration({
    values: { ...awsValues, ...testSecrets, ...values },
    encrypted: new Set(secretKeys),
    env: {},
  });
}
