import { amiError, hostedZoneErrors, missingAmiError, topicErrors } from "../../../model/aws/account-errors";
import { cidrChangeErrors, zoneErrors } from "../../../model/aws/live-network";
import { offerErrors } from "../../../model/aws/offer";
import { type AwsPlan, type AwsRegion, awsFleet, planAws } from "../../../model/aws/plan";
import { assess } from "../../../model/capacity/assess";
import { capErrors, fitErrors, instanceErrors } from "../../../model/capacity/fit";
import { planLocalFleet } from "../../../model/fleet";
import { providerErrors } from "../../../model/settings/aws-provider-rules";
import { type Configuration, parseConfiguration, type RawConfig } from "../../../model/settings/parse";
import { secretKeys } from "../../../model/settings/secret-specs";
import type { ConfigError } from "../../../model/user-error";
import { awsSites } from "../../../scripts/plan/context";
import { statedLoad } from "../../../scripts/plan/load";
import { badAwsSettings, badLocalSettings, regions } from "../../support/bad-settings";
import { commandTexts } from "../../support/command-texts";
import { errorsOf, follow, type Given, given, settingErrorsOf } from "../../support/fixes";
import { awsValues, configure, monitoredSecrets, testHost, testRegion, testSecrets } from "../../support/settings";

type Values = RawConfig["values"];

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
  { ports: '{"media": "443-500"}' },
  { ports: '{"media": "5900-6100"}' },
  { ports: '{"turn": 53}' },
  { ports: "7880" },
  { ports: '{"iceTcp": 17881}', nodes: "2" },
  { ports: '{"turn": 16789}', monitoring: "true" },
  { redis: '{"port": 17880}', nodes: "2" },
  { redis: '{"port": 3478}' },
  { redis: '{"mode": "external", "address": "redis.example.com:99999"}' },
  { redis: '{"mode": "external", "address": "010.0.0.1:6379"}' },
  { redis: '{"mode": "external"}' },
  { redis: '{"mode": "elasticache"}' },
  { redis: "external" },
  { redis: '{"mode": "external", "address": "r:6379", "username": "no blanks"}' },
  { domain: "lab.123" },
  { domain: "xn--a.com" },
  { webhooks: '{"urls": ["https://app.example.com:0"]}' },
  { webhooks: '{"urls": ["http://010.0.0.5/hook"]}' },
  { tags: '{"livekit-stack": "mine"}' },
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
  { tags: JSON.stringify({ 'of "two" halves': null, "o'clock": null }) },
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

const aws: readonly Values[] = [
  regions({ cidr: "10.0.0.0/016" }),
  regions({ cidr: "010.0.0.0/16" }),
  regions({ cidr: "10.0.0.1/16" }),
  regions({ nodes: 99 }),
  regions({ lat: 100, lon: 0 }),
  regions({ instanceType: "big" }),
  regions({ colour: "red" }),
  { adminCidrs: '["203.0.113.0/024"]', apiIngress: "vpc" },
  { acme: '{"email": "ops"}' },
  { acme: '{"email": "ops@example.com", "directoryUrl": "http://acme.example.com"}' },
  { ports: '{"turn": 16789}' },
  { tags: JSON.stringify(Object.fromEntries(Array.from("abcdefghij", (name) => [name, "1"]))) },
  { tags: '{"cost*center": "x"}' },
  { tags: '{"team": "a", "Team": "b", "Livekit-Stack": "c"}' },
  { ...regions({ zones: ["eu-central-1b"] }), redis: '{"mode": "elasticache"}' },
  { tags: JSON.stringify(Object.fromEntries(Array.from("abcdefghijkl", (name) => [`${name} b`, "1"]))) },
  regions({ zones: Array.from("abcdef", (zone) => `eu-central-1${zone}`) }),
  regions({ name: "eu-west-1", primary: true }, { primary: true }, { name: "us-east-1", primary: true }),
  { quotas: '{"elasticIpsPerRegion": 10}' },
  { alarms: '{"topicArn": "oncall"}' },
];

const secrets: readonly Readonly<Record<string, string>>[] = [
  { apiSecret: "short" },
  { turnSecret: testSecrets["apiSecret"] ?? "" },
  { apiKey: "" },
  { apiKey: "devkey" },
  { previousApiKey: "APIprevious" },
  { previousApiKey: "APItest", previousApiSecret: "previous-api-secret-0123456789abcdef" },
];

const cases: readonly (readonly [string, Given])[] = [
  ...[...badLocalSettings.map(([, values]) => values), ...local].map((values) => given(values)),
  ...[...badAwsSettings.map(([, values]) => values), ...aws].map((values) => given({ ...awsValues, ...values })),
  ...secrets.flatMap((own) =>
    [{ monitoring: "true" }, awsValues].map((values) => given(values, { ...monitoredSecrets, ...own })),
  ),
  given({ apiSecret: testSecrets["apiSecret"] ?? "" }),
  given({ monitoring: "true" }, testSecrets),
].map((from) => [JSON.stringify(from.values), from]);

/** Returns errors that depend on more than the settings: on the expected load or on an AWS account. */
type Rule = (configuration: Configuration) => readonly ConfigError[];

const planned: Rule = ({ settings }) => {
  const plan = planAws(settings);
  const { load, source } = statedLoad({}, settings.expectedLoad);
  const { sites } = assess(awsSites(plan, awsFleet(plan)), load);
  return [
    ...instanceErrors(settings.regions),
    ...capErrors(settings.room, load, source),
    ...fitErrors(sites, load, source),
  ];
};
const inAccount =
  (rule: (plan: AwsPlan, region: AwsRegion) => readonly ConfigError[]): Rule =>
  ({ settings }) => {
    const plan = planAws(settings);
    return rule(plan, plan.regions[0]);
  };
const amiKey = "livekit:regions[0].amiId";
const [zoneA, zoneB] = ["eu-central-1a", "eu-central-1b"];
const offer = { zones: { "c7i.large": [zoneB], "c8i.large": [zoneA, zoneB] }, unchanged: [] };

const ruled: readonly (readonly [Values, Rule])[] = [
  [regions({ instanceType: "t3.large" }), planned],
  [{ room: '{"maxParticipants": 3}', expectedLoad: '{"participantsPerRoom": 6}' }, planned],
  [{ expectedLoad: '{"participantsPerRoom": 60, "quality": "1080p"}', ports: '{"relay": "20000-32767"}' }, planned],
  [{ expectedLoad: '{"participantsPerRoom": 30, "quality": "360p"}', ports: '{"relay": "49152-49202"}' }, planned],
  [
    { domain: "video.example.com" },
    inAccount(({ zoneName }) => (zoneName === "example.com" ? [] : [hostedZoneErrors(zoneName).none])),
  ],
  [
    regions({ amiId: "ami-01234567" }),
    inAccount(({ settings }) =>
      settings.regions.flatMap(({ amiId }) => (amiId ? amiError(amiKey, amiId, "is no") : [])),
    ),
  ],
  [
    {},
    inAccount(({ settings }) =>
      settings.regions.flatMap(({ amiId, name }) => (amiId ? [] : missingAmiError(amiKey, "Debian", name))),
    ),
  ],
  [
    {},
    inAccount(({ settings }, region) =>
      offerErrors(settings, region, { ...offer, zones: { "c8i.large": [zoneA, zoneB] } }),
    ),
  ],
  [
    { alarms: '{"topicArn": "arn:aws:sns:eu-central-1:210987654321:oncall"}' },
    inAccount(({ settings }, { name }) => topicErrors(settings, name, "123456789012")),
  ],
  [
    { alarms: '{"topicArns": ["arn:aws:sns:eu-central-1:210987654321:oncall"]}' },
    inAccount(({ settings }, { name }) => topicErrors(settings, name, "123456789012")),
  ],
  [{}, inAccount(({ settings }, region) => zoneErrors(settings, region, region.subnets[0], offer, zoneA))],
  [
    regions({ zones: [zoneB, `${zoneB.slice(0, -1)}c`] }),
    inAccount(({ settings }, region) => zoneErrors(settings, region, region.subnets[0], offer, zoneA)),
  ],
  [{}, inAccount(({ settings }, region) => cidrChangeErrors(settings, region, "10.9.0.0/16"))],
];

const followed: string[] = [];

test.each(cases)("case %#: every command in an error about the settings %s fixes the error", (_, from) => {
  const fixes = follow(from);
  expect(fixes).not.toEqual([]);
  followed.push(...fixes);
});

test.each(ruled)(
  "case %#: with %j on AWS, every command in an error about the load or the account fixes the error",
  (values, rule) => {
    const from = given({ ...awsValues, redis: '{"mode": "elasticache"}', loadBalancer: "dns", ...values });
    expect(settingErrorsOf(from)).toEqual([]);
    const fixes = follow(from, (now) => rule(parseConfiguration(now)));
    expect(fixes).not.toEqual([]);
    followed.push(...fixes);
  },
);

test("every command in an error about the AWS provider or this machine fixes the error", () => {
  const key = given({ "aws:accessKey": "AKIA" });
  followed.push(...follow(key, ({ values }) => providerErrors(providerKeys(values))));
  const ofMachine = (now: Given) => errorsOf(() => planLocalFleet(parseConfiguration(now).settings, testHost));
  followed.push(...follow(given({ network: "bridge" }), ofMachine));
  const ports = '{"https": 8443, "iceTcp": 443, "iceUdp": 80}';
  const fixes = follow(given({ ports, publicAddress: "192.168.1.20" }), ofMachine);
  expect(fixes).toHaveLength(2);
  expect(ofMachine(given({ ports, publicAddress: "198.51.100.7" }))).toEqual([]);
});

const providerKeys = (values: Values) =>
  Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (/^aws:/.test(key) ? [[key.slice(4), value]] : [])),
  );

test("the tests above cover every command in the error messages of model/", () => {
  const texts = commandTexts("model").map(({ pattern }) => pattern);
  expect(texts.length).toBeGreaterThan(30);
  expect(texts.filter((text) => !followed.some((fix) => text.test(fix)))).toEqual([]);
});

test.each([
  [
    { redis: '{"mode": "external", "sentinelMaster": 1, "sentinelAddresses": ["s:1"], "username": 12345}' },
    { redis: { sentinelMaster: "1", username: "12345" } },
  ],
  [{ tags: '{"cost": 123, "billed": true}' }, { tags: { cost: "123", billed: "true" } }],
  [{ room: '{"maxParticipants": "50"}' }, { room: { maxParticipants: 50 } }],
  [{ redis: '{"mode": "external", "address": "r:6379", "tls": "true"}' }, { redis: { tls: true } }],
  [{ expectedLoad: '{"rooms": "10"}' }, { expectedLoad: { rooms: 10 } }],
])("the settings parser converts the values of %j to the types of the schema", (values, settings) => {
  expect(configure(values as unknown as Values).settings).toMatchObject(settings);
});

test("the settings parser converts quoted numbers and booleans of livekit:regions, because Pulumi's engine quotes them", () => {
  const quoted = { nodes: "1", lat: "50.1", lon: "8.7", primary: "true" };
  const { settings } = parseConfiguration({
    values: { ...awsValues, ...regions(quoted), ...testSecrets },
    encrypted: new Set(secretKeys),
    env: {},
  });
  expect(settings.regions[0]).toMatchObject({ nodes: 1, lat: 50.1, lon: 8.7, primary: true });
});

test("a webhook on a private domain is valid only with a custom LiveKit image, because that image may trust a private CA", () => {
  const webhooks = '{"urls": ["https://app.internal/hook"]}';
  const images = '{"livekit": "registry.example.com/livekit:v1.13.11"}';
  expect(settingErrorsOf(given({ webhooks }))).toHaveLength(1);
  expect(settingErrorsOf(given({ webhooks, images }))).toEqual([]);
});
