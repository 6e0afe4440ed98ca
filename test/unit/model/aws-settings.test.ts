import { join } from "node:path";
import { awsRegions } from "../../../model/aws/regions";
import { parseConfiguration } from "../../../model/settings/parse";
import { badAwsSettings, networks, regions } from "../../support/bad-settings";
import { errorsOf } from "../../support/fixes";
import { awsValues, configureAws, fleetValues, stackFileValues, testSecrets, trioValues } from "../../support/settings";

test("the shipped production example lacks only its secrets", () => {
  const values = stackFileValues(join(__dirname, "../../../Pulumi.prod.yaml"));
  expect(errorsOf(() => configureAws(values))).toEqual([]);
  const missing = errorsOf(() => parseConfiguration({ values, encrypted: new Set(), env: {} }));
  expect(missing.map(({ key, rule }) => `${key} ${rule}`)).toEqual(
    ["apiKey", "apiSecret", "turnSecret", "redisPassword"].map((key) => `livekit:${key} is missing`),
  );
});

test.each(badAwsSettings)(
  "on AWS, the error about livekit:%s states the violated rule and a command that fixes the setting (settings: %j)",
  (key, values, rule) => {
    const errors = errorsOf(() => configureAws(values));
    const own = errors.filter((error) => error.key === `livekit:${key}`);
    expect(own.map(({ rule, fix }) => `${rule}. ${fix}`).join("\n")).toMatch(rule);
    for (const { fix } of own) expect(fix).toMatch(/pulumi config (set|rm)/);
  },
);

test("a stack on AWS accepts a private domain with a private certificate authority, and port overrides", () => {
  const acme = '{"email": "ops@video.corp", "directoryUrl": "https://acme.video.corp/directory"}';
  expect(configureAws({ domain: "video.corp", acme, ports: '{"https": 8443}' }).settings.domain).toBe("video.corp");
});

test.each([
  ["two regions behind load balancers, with ElastiCache", fleetValues],
  ["three nodes with DNS records instead of a load balancer, with an external Redis", trioValues],
  ["a region that is newer than this release", regions({ name: "eu-central-9", lat: 52.5, lon: 13.4 })],
  ["eight regions of sixteen nodes", wholeWorld()],
])("the settings check accepts on AWS: %s", (_, values) => {
  expect(errorsOf(() => configureAws(values))).toEqual([]);
});

function wholeWorld() {
  const names = Object.keys(awsRegions).slice(0, 8);
  const all = names.map((name, i) => ({ name, cidr: `10.${i}.0.0/16`, nodes: 16, primary: i === 3 }));
  return { ...fleetValues, ...regions(...all) };
}

test("the settings check reports all invalid settings of a stack on AWS together", () => {
  const errors = errorsOf(() => configureAws({ ...regions({ cidr: "11.0.0.0/8" }), acme: "{}", nodes: "2" }));
  expect(errors.map(({ key }) => key)).toEqual([
    "livekit:nodes",
    "livekit:acme.email",
    "livekit:regions[0].cidr",
    "livekit:regions[0].cidr",
  ]);
});

test.each([
  ["adminCidrs", 'requires livekit:apiIngress "vpc"', { apiIngress: "world" }],
  ["scrapeCidrs", "requires livekit:monitoring true", { monitoring: "false" }],
])("with 21 networks in livekit:%s, the only error is that the setting %s", (name, rule, values) => {
  const errors = errorsOf(() => configureAws({ ...values, [name]: JSON.stringify(networks(21)) }));
  expect(errors).toEqual([expect.objectContaining({ key: `livekit:${name}`, rule: expect.stringContaining(rule) })]);
});

test("a stack on AWS ignores .env and requires encrypted secrets", () => {
  const errors = errorsOf(() => parseConfiguration({ values: awsValues, encrypted: new Set(), env: testSecrets }));
  expect(errors.map(({ key }) => key)).toContain("livekit:apiSecret");
  for (const { key, fix } of errors) {
    expect(key).not.toContain(".env");
    expect(fix).toMatch(new RegExp(`^Set it with: pulumi config set --secret ${key}, .*npm run secrets$`));
  }
});
