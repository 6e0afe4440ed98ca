import { join } from "node:path";
import { awsRegions } from "../../../model/aws/regions";
import { Refusal } from "../../../model/fault";
import { elasticIpFaults } from "../../../model/settings/aws-region-rules";
import { parseConfiguration } from "../../../model/settings/parse";
import {
  awsValues,
  configureAws,
  fleetValues,
  stackFileValues,
  testRegion,
  testSecrets,
  trioValues,
} from "../../support/settings";

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
  ["ports.https", { ports: '{"https": 18443}' }, /takes 18443.*ports\.https 443$/],
  ["ports.api", { monitoring: "true", ports: '{"api": 19443}' }, /takes 19443/],
  ["ports.iceTcp", { monitoring: "true", ports: '{"iceTcp": 19100}' }, /takes 19100/],
  ["scrapeCidrs", { scrapeCidrs: '["10.200.0.0/16"]' }, /livekit:monitoring alone.*livekit:monitoring true$/],
  ["scrapeCidrs[0]", { monitoring: "true", scrapeCidrs: '["203.0.113.0/24"]' }, /private network/],
  ["scrapeCidrs[0]", { monitoring: "true", scrapeCidrs: '["10.0.0.0/7"]' }, /private network/],
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
  ["regions", regions(first, second), /exactly one region that is primary/],
  ["regions[0].name", regions({ name: "eu-centrall-1" }), /nearest name is eu-central-1.*members lat and lon/],
  [
    "regions[1].name",
    regions(first, { name: "eu-centrum-1", cidr: "10.1.0.0/16", lat: 1, lon: 1 }),
    /short form euc1, as eu-central-1 has/,
  ],
  ["regions[0].name", regions({ name: "us-gov-west-1", lat: 45, lon: -122 }), /public one alone.*eu-central-1/],
  ["regions[0].name", regions({ name: "cn-north-1", lat: 40, lon: 116 }), /public one alone/],
  ["regions[0].name", regions({ name: "eusc-de-east-1", lat: 52, lon: 13 }), /public one alone/],
  ["regions[1].name", regions(first, { cidr: "10.1.0.0/16" }), /regions\[0\] already/],
  ["regions[1].cidr", regions(first, { ...second, cidr: "10.0.128.0/17" }), /overlaps 10\.0\.0\.0\/16/],
  ["regions[0].cidr", regions({ cidr: "10.0.0.0/15" }), /from \/16 to \/25/],
  ["regions[0].cidr", regions({ cidr: "10.0.0.0/26" }), /from \/16 to \/25/],
  ["regions[0].cidr", regions({ cidr: "10.0.0.0/25", nodes: 12, zones: ["eu-central-1a"] }), /too small for 12 nodes/],
  ["regions[0].cidr", regions({ cidr: "203.0.0.0/16" }), /private network/],
  [
    "regions[0].cidr",
    regions({ cidr: "10.0.0.0/25", nodes: 16, zones: ["eu-central-1a"] }),
    /too small for 16 nodes.*10\.0\.0\.0\/16/,
  ],
  ["regions", regions(...Array.from({ length: 9 }, () => ({}))), /at most 8/],
  ["regions", regions({ primary: true }, { ...second, primary: true }), /exactly one region that is primary/],
  ["regions[0].nodes", regions({ nodes: 0 }), /from 1 to 16/],
  ["regions[0].nodes", regions({ nodes: -1 }), /from 1 to 16/],
  ["regions[0].nodes", regions({ nodes: 1.5 }), /whole number/],
  ["regions[0].nodes", regions({ nodes: 17 }), /from 1 to 16/],
  [
    "regions[0].nodes",
    regions({ nodes: 6 }),
    /at most 5.*L-0263D0A3.*--desired-value 6.*quotas\.elasticIpsPerRegion 6/,
  ],
  ["regions[0].instanceType", regions({ instanceType: "c7ilarge" }), /c7i\.large/],
  ["regions[0].amiId", regions({ amiId: "debian-13" }), /ami-/],
  ["regions[0].zones", regions({ zones: [] }), /name a zone/],
  ["regions[0].zones", regions({ zones: ["a", "b", "c", "d", "e"].map((z) => `eu-central-1${z}`) }), /at most 4/],
  ["regions[0].zones[0]", regions({ zones: ["eu-west-1a"] }), /zone of eu-central-1/],
  ["regions[0].zones[0]", regions({ zones: ["eu-central-1-ham-1a"] }), /zone of eu-central-1/],
  ["regions[0].zones[1]", regions({ zones: ["eu-central-1a", "eu-central-1a"] }), /twice/],
  ["regions[0].lat", regions({ lat: 91 }), /-90 to 90/],
  ["regions[0].lon", regions({ lat: 50 }), /required where lat is set/],
  ["adminCidrs[0]", { apiIngress: "vpc", adminCidrs: '["0.0.0.0/0"]' }, /much of the world/],
  ["adminCidrs[1]", { apiIngress: "vpc", adminCidrs: '["0.0.0.0/1", "128.0.0.0/1"]' }, /much of the world/],
  ["adminCidrs", { adminCidrs: '["203.0.113.0/24"]' }, /apiIngress is vpc/],
  ["redis.mode", regions({ nodes: 2 }), /2 nodes with a Redis each would split a room.*redis\.mode elasticache/],
  ["redis.port", { redis: '{"mode": "elasticache", "port": 6380}' }, /ElastiCache has 6379/],
  ["redis", { redis: '{"mode": "elasticache", "address": "a.b:1"}' }, /only for an external Redis/],
  ["redis.nodeType", { redis: '{"nodeType": "cache.t4g.small"}' }, /for livekit:redis\.mode elasticache/],
  ["redis.nodeType", { redis: '{"mode": "elasticache", "nodeType": "t4g.small"}' }, /such as cache\.t4g\.small/],
  ["redis.address", { redis: '{"mode": "external", "address": "rediss://redis.example.com:6379"}' }, /not a URL/],
  [
    "regions[1].zones",
    {
      redis: '{"mode": "elasticache"}',
      ...regions(first, { ...second, primary: true, zones: ["us-east-1a"] }),
    },
    /single zone is not highly available.*zones\[1\]' us-east-1b/,
  ],
  [
    "redisPassword",
    { redis: '{"mode": "elasticache"}', redisPassword: "p@ss/".repeat(8) },
    /letters, digits.*rand -hex/,
  ],
  ["namePrefix", { redis: '{"mode": "elasticache"}', namePrefix: "1-lab" }, /begin with a letter/],
  ["namePrefix", { loadBalancer: "nlb", namePrefix: "a".repeat(27) }, /at most 26/],
  ["loadBalancer", regions({ nodes: 3 }), /bring joins to 3 of them.*loadBalancer nlb, or dns/],
  ["loadBalancer", { loadBalancer: "alb" }, /one of none, dns, nlb/],
  ["redis.address", { redis: '{"mode": "external", "address": "127.0.0.1:6379"}' }, /the node itself/],
  ["redis.tls", { redis: '{"mode": "external", "address": "8.8.4.4:6379"}' }, /in clear/],
  [
    "redis.sentinelAddresses[0]",
    { redis: '{"mode": "external", "sentinelMaster": "m", "sentinelAddresses": ["127.0.0.1:26379"]}' },
    /the node itself/,
  ],
  ["drainTimeoutSeconds", { drainTimeoutSeconds: "40000" }, /39600/],
  ["alarms.topicArn", { alarms: '{"topicArn": "arn:aws:sns:us-east-1:123456789012:oncall"}' }, /topic of eu-central-1/],
  ["alarms.topicArn", { alarms: '{"topicArn": "oncall"}' }, /SNS topic/],
  [
    "alarms.topicArn",
    { ...fleetValues, alarms: '{"topicArn": "arn:aws:sns:us-east-1:123456789012:oncall"}' },
    /topic of eu-central-1.*topicArns\[0\]/,
  ],
  [
    "alarms.topicArns",
    { ...fleetValues, alarms: '{"topicArns": ["arn:aws:sns:us-east-1:123456789012:oncall"]}' },
    /no topic of eu-central-1.*topicArns\[1\]/,
  ],
  [
    "alarms.topicArns[1]",
    {
      alarms: JSON.stringify({
        topicArns: ["eu-central-1", "us-east-1"].map((name) => `arn:aws:sns:${name}:123456789012:oncall`),
      }),
    },
    /topic of us-east-1, where nothing is/,
  ],
  ["adminCidrs[0]", { adminCidrs: '["10.0.0.1/16"]' }, /10\.0\.0\.0\/16/],
  ["adminCidrs[0]", { adminCidrs: '["ten"]' }, /IPv4 network/],
  ["nodes", { nodes: "2" }, /target local/],
  ["publicAddress", { publicAddress: "198.51.100.7" }, /Elastic IP/],
  ["network", { network: "bridge" }, /target local/],
  ["imageSource", { imageSource: "build" }, /registry/],
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
