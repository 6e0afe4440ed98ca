import { join } from "node:path";
import { Refusal } from "../../../model/fault";
import { parseConfiguration } from "../../../model/settings/parse";
import { awsValues, configureAws, stackFileValues, testRegion, testSecrets } from "../../support/settings";

function faultsOf(run: () => unknown) {
  try {
    run();
  } catch (error) {
    if (error instanceof Refusal) return error.faults;
    throw error;
  }
  return [];
}

const regions = (...changes: object[]) => ({
  regions: JSON.stringify(changes.map((change) => ({ ...testRegion, ...change }))),
});
const [first, second] = [{}, { name: "us-east-1", cidr: "10.1.0.0/16" }];

test("the shipped production example lacks nothing but its secrets", () => {
  const values = stackFileValues(join(__dirname, "../../../Pulumi.prod.yaml"));
  expect(faultsOf(() => configureAws(values))).toEqual([]);
  const missing = faultsOf(() => parseConfiguration({ values, encrypted: new Set(), env: {} }));
  expect(missing.map(({ key, rule }) => `${key} ${rule}`)).toEqual(
    ["apiKey", "apiSecret", "turnSecret", "redisPassword"].map((key) => `livekit:${key} is missing`),
  );
});

test.each([
  ["domain", { domain: "" }, /required/],
  ["domain", { domain: "video.corp" }, /\.corp.*public authority/],
  ["domain", { domain: "livekit.home.arpa" }, /home\.arpa/],
  [
    "domain",
    {
      domain: "a.internal",
      acme: '{"email": "o@a.org", "directoryUrl": "https://acme-v02.api.letsencrypt.org/directory"}',
    },
    /internal/,
  ],
  ["domain", { domain: `${"a.".repeat(118)}com` }, /237/],
  ["hostedZone", { hostedZone: "ample.com" }, /ending of it/],
  ["hostedZone", { hostedZone: "example.com." }, /inner dashes/],
  ["acme.email", { acme: "{}" }, /required/],
  ["regions", { regions: "[]" }, /required/],
  ["regions", regions(first, second), /one region alone/],
  ["regions", regions(first, second), /exactly one region that is primary/],
  ["regions[0].name", regions({ name: "eu-centrall-1" }), /nearest is eu-central-1/],
  ["regions[1].name", regions(first, { cidr: "10.1.0.0/16" }), /regions\[0\] already/],
  ["regions[1].cidr", regions(first, { ...second, cidr: "10.0.128.0/17" }), /overlaps 10\.0\.0\.0\/16/],
  ["regions[0].cidr", regions({ cidr: "10.0.0.0/15" }), /from \/16 to \/25/],
  ["regions[0].cidr", regions({ cidr: "10.0.0.0/26" }), /from \/16 to \/25/],
  ["regions[0].cidr", regions({ cidr: "10.0.0.0/25", nodes: 12, zones: ["eu-central-1a"] }), /too small for 12 nodes/],
  ["regions[0].cidr", regions({ cidr: "203.0.0.0/16" }), /private network/],
  ["regions[0].nodes", regions({ nodes: 2 }), /one node alone/],
  [
    "regions[0].nodes",
    regions({ nodes: 6 }),
    /at most 5.*L-0263D0A3.*--desired-value 6.*quotas\.elasticIpsPerRegion 6/,
  ],
  ["regions[0].instanceType", regions({ instanceType: "c7ilarge" }), /c7i\.large/],
  ["regions[0].amiId", regions({ amiId: "debian-13" }), /ami-/],
  ["regions[0].zones", regions({ zones: [] }), /name a zone/],
  ["regions[0].zones[0]", regions({ zones: ["eu-west-1a"] }), /zone of eu-central-1/],
  ["regions[0].zones[0]", regions({ zones: ["eu-central-1-ham-1a"] }), /zone of eu-central-1/],
  ["regions[0].zones[1]", regions({ zones: ["eu-central-1a", "eu-central-1a"] }), /twice/],
  ["regions[0].lat", regions({ lat: 91 }), /-90 to 90/],
  ["regions[0].lon", regions({ lat: 50 }), /required where lat is set/],
  ["adminCidrs[0]", { apiIngress: "vpc", adminCidrs: '["0.0.0.0/0"]' }, /much of the world/],
  ["adminCidrs[1]", { apiIngress: "vpc", adminCidrs: '["0.0.0.0/1", "128.0.0.0/1"]' }, /much of the world/],
  ["adminCidrs", { adminCidrs: '["203.0.113.0/24"]' }, /apiIngress is vpc/],
  ["redis.mode", { redis: '{"mode": "elasticache"}' }, /node or external alone/],
  ["redis.address", { redis: '{"mode": "external", "address": "127.0.0.1:6379"}' }, /the node itself/],
  ["redis.tls", { redis: '{"mode": "external", "address": "8.8.4.4:6379"}' }, /in clear/],
  ["drainTimeoutSeconds", { drainTimeoutSeconds: "40000" }, /39600/],
  ["alarms.topicArn", { alarms: '{"topicArn": "arn:aws:sns:us-east-1:123456789012:oncall"}' }, /topic of eu-central-1/],
  ["alarms.topicArn", { alarms: '{"topicArn": "oncall"}' }, /SNS topic/],
  ["nodes", { nodes: "2" }, /target local/],
  ["publicAddress", { publicAddress: "198.51.100.7" }, /Elastic IP/],
  ["network", { network: "bridge" }, /target local/],
  ["imageSource", { imageSource: "build" }, /registry/],
  ["loadBalancer", { loadBalancer: "nlb" }, /none alone/],
  [
    "tags",
    { tags: JSON.stringify(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`tag${i}`, "x"]))) },
    /at most 9/,
  ],
  ["tags.aws:owner", { tags: '{"aws:owner": "me"}' }, /AWS's own/],
])("livekit:%s is refused on AWS, with its rule and a command: %j", (key, values, rule) => {
  const faults = faultsOf(() => configureAws(values as unknown as Record<string, string>));
  const own = faults.filter((fault) => fault.key === `livekit:${key}`);
  expect(own.map(({ rule, fix }) => `${rule}. ${fix}`).join("\n")).toMatch(rule);
  for (const { fix } of own) expect(fix).toMatch(/pulumi config (set|rm)/);
});

test("a private domain is taken with an authority of one's own, ports of one's own are overrides like any", () => {
  const acme = '{"email": "ops@video.corp", "directoryUrl": "https://acme.video.corp/directory"}';
  expect(configureAws({ domain: "video.corp", acme, ports: '{"https": 8443}' }).settings.domain).toBe("video.corp");
});

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
    expect(fix).toMatch(new RegExp(`^Set it with: pulumi config set --secret ${key}, .*npm run secrets -- --stack`));
  }
});
