import { join } from "node:path";
import { awsRegions } from "../../../model/aws/regions";
import { elasticIpFaults } from "../../../model/settings/aws-region-rules";
import { parseConfiguration } from "../../../model/settings/parse";
import { badAwsSettings, regions } from "../../support/bad-settings";
import { faultsOf } from "../../support/fixes";
import { awsValues, configureAws, fleetValues, stackFileValues, testSecrets, trioValues } from "../../support/settings";

test("the shipped production example lacks nothing but its secrets", () => {
  const values = stackFileValues(join(__dirname, "../../../Pulumi.prod.yaml"));
  expect(faultsOf(() => configureAws(values))).toEqual([]);
  const missing = faultsOf(() => parseConfiguration({ values, encrypted: new Set(), env: {} }));
  expect(missing.map(({ key, rule }) => `${key} ${rule}`)).toEqual(
    ["apiKey", "apiSecret", "turnSecret", "redisPassword"].map((key) => `livekit:${key} is missing`),
  );
});

test.each(badAwsSettings)("livekit:%s is refused on AWS, with its rule and a command: %j", (key, values, rule) => {
  const faults = faultsOf(() => configureAws(values));
  const own = faults.filter((fault) => fault.key === `livekit:${key}`);
  expect(own.map(({ rule, fix }) => `${rule}. ${fix}`).join("\n")).toMatch(rule);
  for (const { fix } of own) expect(fix).toMatch(/pulumi config (set|rm)/);
});

test("a private domain is taken with an authority of one's own, ports of one's own are overrides like any", () => {
  const acme = '{"email": "ops@video.corp", "directoryUrl": "https://acme.video.corp/directory"}';
  expect(configureAws({ domain: "video.corp", acme, ports: '{"https": 8443}' }).settings.domain).toBe("video.corp");
});

test.each([
  ["two regions behind load balancers, with ElastiCache", fleetValues],
  ["three nodes with records of their own, with a Redis elsewhere", trioValues],
  ["a region that is newer than this release", regions({ name: "eu-central-9", lat: 52.5, lon: 13.4 })],
  ["eight regions of sixteen nodes", wholeWorld()],
])("is taken: %s", (_, values) => {
  expect(faultsOf(() => configureAws(values))).toEqual([]);
});

function wholeWorld() {
  const names = Object.keys(awsRegions).slice(0, 8);
  const all = names.map((name, i) => ({ name, cidr: `10.${i}.0.0/16`, nodes: 16, primary: i === 3 }));
  return { ...fleetValues, ...regions(...all), quotas: '{"elasticIpsPerRegion": 20}' };
}

test("all faults are told at once", () => {
  const faults = faultsOf(() => configureAws({ ...regions({ cidr: "11.0.0.0/8" }), acme: "{}", nodes: "2" }));
  expect(faults.map(({ key }) => key)).toEqual([
    "livekit:nodes",
    "livekit:acme.email",
    "livekit:regions[0].cidr",
    "livekit:regions[0].cidr",
  ]);
});

test("secrets of .env are this machine's: a stack on AWS asks for its own, encrypted", () => {
  const faults = faultsOf(() => parseConfiguration({ values: awsValues, encrypted: new Set(), env: testSecrets }));
  expect(faults.map(({ key }) => key)).toContain("livekit:apiSecret");
  for (const { key, fix } of faults) {
    expect(key).not.toContain(".env");
    expect(fix).toMatch(new RegExp(`^Set it with: pulumi config set --secret ${key}, .*npm run secrets$`));
  }
});

describe("Elastic IPs in use", () => {
  const { settings } = configureAws({ ...fleetValues, ...regions({ nodes: 2 }) });
  const faults = (inUse: number, own: number, quota?: number) =>
    elasticIpFaults({ ...settings, quotas: quota ? { elasticIpsPerRegion: quota } : {} }, "eu-central-1", inUse, own);

  test.each([
    ["are few enough for the new nodes", 3, 0],
    ["are this stack's own", 5, 2],
    ["are more than a quota that was raised, and no node is new", 9, 2],
    ["exceed the quota already, and nodes leave", 9, 3],
  ])("%s", (_, inUse, own) => expect(faults(inUse, own)).toEqual([]));

  test("leave too few for a new node", () => {
    const [fault] = faults(5, 1);
    expect(fault).toMatchObject({ key: "livekit:regions[0].nodes", value: 2 });
    expect(fault?.rule).toBe("needs 1 more Elastic IPs in eu-central-1, where the account uses 5 of 5");
    expect(fault?.fix).toMatch(/L-0263D0A3 --desired-value 6 .*quotas\.elasticIpsPerRegion 6$/);
    expect(faults(5, 1, 6)).toEqual([]);
  });
});
