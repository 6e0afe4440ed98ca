import { type Fault, Refusal } from "../../../model/fault";
import { portNames } from "../../../model/ports";
import { parseConfiguration, type RawConfig } from "../../../model/settings/parse";
import { movePort } from "../../../model/settings/port-rules";
import { secretKeys } from "../../../model/settings/secret-specs";
import { configured } from "../../support/configured";
import { commandsOf, pulumiArguments } from "../../support/documents";
import { awsValues, configure, monitoredSecrets, testRegion, testSecrets } from "../../support/settings";

type Values = RawConfig["values"];

function faultsOf(values: Values): readonly Fault[] {
  try {
    if (values["target"] === "aws") {
      parseConfiguration({ values: { ...values, ...testSecrets }, encrypted: new Set(secretKeys), env: {} });
    } else configure(values, monitoredSecrets);
  } catch (error) {
    if (error instanceof Refusal) return error.faults;
    throw error;
  }
  return [];
}

/** Types every command that the fixes name, until no fault is left. */
function afterFixes(values: Values): Values {
  let current = values;
  for (let round = 0; round < 5; round++) {
    const [fault] = faultsOf(current);
    if (fault === undefined) return current;
    const command = /pulumi config [^,;]*/.exec(fault.fix)?.[0] ?? "";
    const args = commandsOf(command).flatMap((each) => pulumiArguments(each)?.slice(1) ?? []);
    current = configured(current, args);
    const left = faultsOf(current).filter(({ key, rule }) => key === fault.key && rule === fault.rule);
    expect([fault.fix, left]).toEqual([fault.fix, []]);
  }
  throw new Error(`faults are left: ${JSON.stringify(faultsOf(current))}`);
}

const local: readonly Values[] = [
  { ports: '{"turn": 5349}' },
  { ports: '{"https": 70000}' },
  { ports: '{"https": 6000}' },
  { ports: '{"api": 6667}' },
  { ports: '{"turn": 500}' },
  { ports: '{"iceTcp": 22}' },
  { ports: '{"media": "49200-50100"}' },
  { ports: '{"relay": "50050-50150", "turn": 3479}' },
  { ports: '{"api": "8000-8001"}' },
  { ports: '{"https": "0443"}' },
  { ports: '{"api": 99999}' },
  { ports: '{"htps": 8443}' },
  { ports: "7880" },
  { ports: '{"iceTcp": 17881}', nodes: "2" },
  { ports: '{"turn": 16789}', monitoring: "true" },
  { ports: '{"https": 18443}', domain: "example.com" },
  { redis: '{"port": 17880}', nodes: "2" },
  { redis: '{"port": 3478}' },
  { redis: '{"mode": "external", "address": "redis.example.com:99999"}' },
  { redis: '{"mode": "external", "address": "010.0.0.1:6379"}' },
  { redis: '{"mode": "external"}' },
  { redis: '{"mode": "elasticache"}' },
  { redis: "external" },
  { publicAddress: "010.0.0.1" },
  { publicAddress: "192.168.1.256" },
  { webhooks: '{"urls": ["ftp://app.example.com"]}' },
  { webhooks: '{"urls": ["app.example.com"]}' },
  { webhooks: '{"urls": ["https://app.example.com", "https://10.0.0.5/hook"]}' },
  { webhooks: '{"urls": ["https://app.internal:8443/hook"]}' },
  { webhooks: '{"urls": ["https://app.example.com:99999"]}' },
  { webhooks: '{"url": "https://app.example.com"}' },
  { webhooks: '{"urls": ["https://app.example.com"], "apiKey": 123}' },
  { tags: '{"team": null}' },
  { tags: '{"size": 1.5}' },
  { tags: '{"cost center": {"a": 1}}' },
  { room: '{"maxParticipants": -1}' },
  { room: '{"emptyTimeoutSeconds": 100000}' },
  { expectedLoad: '{"quality": "4k"}' },
  { expectedLoad: '{"rooms": "ten"}' },
  { images: '{"livekit": "livekit/livekit-server:latest"}' },
  { images: '{"ngnix": "nginx:1.30.4"}' },
  { turnTtlSeconds: "99999999" },
  { drainTimeoutSeconds: "0" },
  { nodes: "9" },
  { mediaTransport: "udp" },
  { domain: "https://example.com" },
  { namePrefix: "My Stack" },
  { monitoring: "maybe" },
  { livekitOverrides: '{"room": {"max_participants": 9}}' },
  { bogus: "1" },
  { regions: JSON.stringify([testRegion]) },
];

const region = (member: Readonly<Record<string, unknown>>) => ({
  regions: JSON.stringify([{ ...testRegion, ...member }]),
});

const aws: readonly Values[] = [
  region({ cidr: "10.0.0.0/016" }),
  region({ cidr: "010.0.0.0/16" }),
  region({ cidr: "10.0.0.1/16" }),
  region({ nodes: 99 }),
  region({ lat: 100, lon: 0 }),
  region({ instanceType: "big" }),
  region({ colour: "red" }),
  { adminCidrs: '["203.0.113.0/024"]', apiIngress: "vpc" },
  { acme: '{"email": "ops"}' },
  { acme: '{"email": "ops@example.com", "directoryUrl": "http://acme.example.com"}' },
  { ports: '{"turn": 18443}' },
  { tags: JSON.stringify(Object.fromEntries(Array.from("abcdefghij", (name) => [name, "1"]))) },
  { tags: '{"cost*center": "x"}' },
  { quotas: '{"elasticIpsPerRegion": 0}' },
  { alarms: '{"topicArn": "oncall"}' },
];

test.each([...local, ...aws.map((values) => ({ ...awsValues, ...values }))])(
  "each command that the message about %j names fixes what it is about",
  (values) => {
    expect(faultsOf(values)).not.toEqual([]);
    afterFixes(values);
  },
);

test.each([
  [{ tags: '{"cost": 123, "billed": true}' }, { tags: { cost: "123", billed: "true" } }],
  [{ room: '{"maxParticipants": "50"}' }, { room: { maxParticipants: 50 } }],
  [{ redis: '{"mode": "external", "address": "r:6379", "tls": "true"}' }, { redis: { tls: true } }],
  [{ expectedLoad: '{"rooms": "10"}' }, { expectedLoad: { rooms: 10 } }],
])("%j is taken as it is meant", (values, settings) => {
  expect(configure(values as unknown as Values).settings).toMatchObject(settings);
});

test("what engines have quoted is taken on AWS too", () => {
  const quoted = { nodes: "1", lat: "50.1", lon: "8.7", primary: "true" };
  const { settings } = parseConfiguration({
    values: { ...awsValues, ...region(quoted), ...testSecrets },
    encrypted: new Set(secretKeys),
    env: {},
  });
  expect(settings.regions[0]).toMatchObject({ nodes: 1, lat: 50.1, lon: 8.7, primary: true });
});

test("an image of one's own may trust a private authority", () => {
  const webhooks = '{"urls": ["https://app.internal/hook"]}';
  expect(faultsOf({ webhooks })).toHaveLength(1);
  expect(faultsOf({ webhooks, images: '{"livekit": "registry.example.com/livekit:v1.13.11"}' })).toEqual([]);
});

test("every command that moves a port away from another program moves it", () => {
  const values = { nodes: "2", domain: "example.com", monitoring: "true" };
  const { settings } = configure(values, monitoredSecrets);
  for (const name of [...portNames, "redis"] as const) {
    const args = commandsOf(movePort(name, settings)).flatMap((each) => pulumiArguments(each)?.slice(1) ?? []);
    expect(faultsOf(configured(values, args))).toEqual([]);
  }
});
