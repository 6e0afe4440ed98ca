import type { RawConfig } from "../../model/settings/parse";
import { fleetValues, testRegion } from "./settings";

/** A key, values for which it is rejected, and the expected message. */
export type BadSetting = readonly [key: string, values: RawConfig["values"], message: RegExp];

export const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
export const external = { mode: "external", address: "r.example.com:6379" };
export const pem = (label: string) => `-----BEGIN ${label}-----\nMIIB\n-----END ${label}-----\n`;

/** Returns this number of private networks. */
export const networks = (count: number): string[] => Array.from({ length: count }, (_, i) => `10.${200 + i}.0.0/16`);

/** Rejected settings of a local stack. */
export const badLocalSettings: readonly BadSetting[] = [
  ["ports.https", { ports: '{"https": 70000}' }, /1-65535/],
  ["ports.https", { ports: '{"https": 0}' }, /1-65535/],
  ["ports.api", { ports: '{"api": "7880/tcp"}' }, /without a protocol/],
  ["ports.relay", { ports: '{"relay": "49252-49152"}' }, /49152-49252/],
  ["ports.media", { ports: '{"media": "49200-50100"}' }, /overlaps livekit:ports.relay/],
  ["ports.turn", { ports: '{"turn": 5349}' }, /overlaps livekit:ports.turnTls/],
  ["ports.api", { ports: '{"api": 6379}' }, /overlaps Redis/],
  ["ports.api", { ports: '{"api": "8000-8001"}' }, /one port/],
  [
    "ports.htps",
    { ports: '{"htps": 8443}' },
    /closest is livekit:ports\.https\. .*config rm --path livekit:ports\.htps$/,
  ],
  ["ports.api", { ports: '{"api": 99999}' }, /config set --path livekit:ports\.api 7880$/],
  ["images.ngnix", { images: '{"ngnix": "nginx:1.30.4"}' }, /closest is livekit:images\.nginx/],
  ["domain", { domain: "https://example.com" }, /scheme/],
  ["domain", { domain: "example.com/x" }, /path/],
  ["domain", { domain: "my_app.example.com" }, /my_app/],
  ["domain", { domain: "app-.example.com" }, /app-/],
  ["domain", { domain: `${"a.".repeat(130)}com` }, /253/],
  ["domain", { domain: "192.0.2.1" }, /not an address/],
  ["nodes", { nodes: "0" }, /1 to 4/],
  ["nodes", { nodes: "-1" }, /1 to 4/],
  ["nodes", { nodes: "1.5" }, /whole number/],
  ["publicAddress", { publicAddress: "300.1.1.1" }, /IPv4 address/],
  ["publicAddress", { publicAddress: "0.0.0.0" }, /IPv4 address/],
  ["turnTtlSeconds", { turnTtlSeconds: "0" }, /86400/],
  ["turnTtlSeconds", { turnTtlSeconds: "86401" }, /86400/],
  ["drainTimeoutSeconds", { drainTimeoutSeconds: "0" }, /86400/],
  ["images.livekit", { images: '{"livekit": "livekit/livekit-server:latest"}' }, /pinned/],
  ["images.livekit", { images: '{"livekit": "livekit/livekit-server:v1.13.6"}' }, /1\.13\.7/],
  ["images.livekit", { images: `{"livekit": "livekit/livekit-server:v1.9.10@${digest}"}` }, /1\.13\.7/],
  ["images.redis", { images: '{"redis": "redis:8.2.9@sha256:0123"}' }, /@sha256:digest/],
  ["images.redis", { images: '{"redis": "redis"}' }, /repository:version/],
  ["images.coturn", { images: '{"coturn": "coturn/coturn:4.6.1"}' }, /CVE/],
  ["redis.address", { redis: '{"mode": "external", "address": "redis://r:6379"}' }, /not a URL/],
  ["redis.mode", { redis: '{"mode": "elasticache"}' }, /target aws/],
  ["redis.address", { redis: '{"mode": "external"}' }, /is required/],
  ["redis", { redis: '{"username": "video", "db": 1}' }, /must not have username, db: only an external Redis/],
  [
    "redis.tls",
    { redis: JSON.stringify({ ...external, ca: pem("CERTIFICATE") }) },
    /is required when livekit:redis\.ca/,
  ],
  ["redis.ca", { redis: JSON.stringify({ ...external, tls: true, ca: pem("PRIVATE KEY") }) }, /without a private key/],
  ["redis.db", { redis: JSON.stringify({ ...external, db: -1 }) }, /0 to 65535/],
  [
    "redis.sentinelAddresses",
    { redis: '{"mode": "external", "sentinelMaster": "mymaster"}' },
    /is required.*sentinelAddresses\[0\]' sentinel\.example\.com:26379/,
  ],
  [
    "redis.sentinelMaster",
    { redis: '{"mode": "external", "sentinelAddresses": ["s.example.com:26379"]}' },
    /is required/,
  ],
  [
    "redis.address",
    { redis: JSON.stringify({ ...external, sentinelMaster: "m", sentinelAddresses: ["s.example.com:26379"] }) },
    /together with Sentinels/,
  ],
  ["livekitOverrides.rtc.tcp_port", { livekitOverrides: '{"rtc": {"tcp_port": 1}}' }, /use livekit:ports\.iceTcp/],
  ["livekitOverrides.rtc.ips", { livekitOverrides: '{"rtc": {"ips": {"includes": []}}}' }, /livekit:publicAddress/],
  ["livekitOverrides.redis", { livekitOverrides: '{"redis": {"address": "r:6379"}}' }, /use livekit:redis/],
  [
    "livekitOverrides.room.max_participants",
    { livekitOverrides: '{"room": {"max_participants": 9}}' },
    /use livekit:room/,
  ],
  ["livekitOverrides.development", { livekitOverrides: '{"development": true}' }, /the stack sets this option itself/],
  ["webhooks.apiKey", { webhooks: '{"urls": ["https://a.example"], "apiKey": "APIother"}' }, /API key/],
  ["ports.media", { mediaTransport: "range", expectedLoad: '{"rooms": 10, "participantsPerRoom": 6}' }, /120/],
  ["mediaTransport", { mediaTransport: "udp" }, /multiMux, mux, range/],
  ["domian", { domian: "example.com" }, /livekit:domain/],
  ["bogus", { bogus: "1" }, /is not a key of this stack; docs\/configuration\.md lists all keys/],
];

/** Renders `livekit:regions` with one region per change: the test's region with that change. */
export const regions = (...changes: object[]) => ({
  regions: JSON.stringify(changes.map((change) => ({ ...testRegion, ...change }))),
});
const [first, second] = [{}, { name: "us-east-1", cidr: "10.1.0.0/16" }];

/** Rejected settings of a stack on AWS. */
export const badAwsSettings: readonly BadSetting[] = [
  ["ports.https", { ports: '{"https": 16789}' }, /must not include 16789: .*ports\.https 443$/],
  ["ports.api", { monitoring: "true", ports: '{"api": 19443}' }, /must not include 19443: /],
  ["ports.iceTcp", { monitoring: "true", ports: '{"iceTcp": 19100}' }, /must not include 19100: /],
  ["scrapeCidrs", { scrapeCidrs: '["10.200.0.0/16"]' }, /requires livekit:monitoring true: .*livekit:monitoring true$/],
  ["scrapeCidrs[0]", { monitoring: "true", scrapeCidrs: '["203.0.113.0/24"]' }, /must be private/],
  ["scrapeCidrs[0]", { monitoring: "true", scrapeCidrs: '["10.0.0.0/7"]' }, /must be private/],
  ["domain", { domain: "" }, /required/],
  ["domain", { domain: "video.corp" }, /\.corp: public certificate authorities/],
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
  ["hostedZone", { hostedZone: "ample.com" }, /or a parent domain of /],
  ["hostedZone", { hostedZone: "example.com." }, /inner hyphens/],
  ["acme.email", { acme: "{}" }, /required/],
  ["regions", { regions: "[]" }, /required/],
  ["regions", regions(first, second), /exactly one primary region/],
  ["regions[0].name", regions({ name: "eu-centrall-1" }), /closest name is eu-central-1.*members lat and lon/],
  [
    "regions[1].name",
    regions(first, { name: "eu-centrum-1", cidr: "10.1.0.0/16", lat: 1, lon: 1 }),
    /same short code as eu-central-1: euc1/,
  ],
  ["regions[0].name", regions({ name: "us-gov-west-1", lat: 45, lon: -122 }), /public partition.*eu-central-1/],
  ["regions[0].name", regions({ name: "cn-north-1", lat: 40, lon: 116 }), /public partition/],
  ["regions[0].name", regions({ name: "eusc-de-east-1", lat: 52, lon: 13 }), /public partition/],
  ["regions[1].name", regions(first, { cidr: "10.1.0.0/16" }), /already at livekit:regions\[0\]/],
  ["regions[1].cidr", regions(first, { ...second, cidr: "10.0.128.0/17" }), /must not overlap 10\.0\.0\.0\/16/],
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
  ["regions", regions({ primary: true }, { ...second, primary: true }), /exactly one primary region/],
  ["regions[0].nodes", regions({ nodes: 0 }), /from 1 to 16/],
  ["regions[0].nodes", regions({ nodes: -1 }), /from 1 to 16/],
  ["regions[0].nodes", regions({ nodes: 1.5 }), /whole number/],
  ["regions[0].nodes", regions({ nodes: 17 }), /from 1 to 16/],
  ["regions[0].instanceType", regions({ instanceType: "c7ilarge" }), /c7i\.large/],
  ["regions[0].amiId", regions({ amiId: "debian-13" }), /ami-/],
  ["regions[0].zones", regions({ zones: [] }), /at least one zone/],
  ["regions[0].zones", regions({ zones: ["a", "b", "c", "d", "e"].map((z) => `eu-central-1${z}`) }), /at most 4/],
  ["regions[0].zones[0]", regions({ zones: ["eu-west-1a"] }), /zone of eu-central-1/],
  ["regions[0].zones[0]", regions({ zones: ["eu-central-1-ham-1a"] }), /zone of eu-central-1/],
  ["regions[0].zones[1]", regions({ zones: ["eu-central-1a", "eu-central-1a"] }), /listed twice/],
  ["regions[0].lat", regions({ lat: 91 }), /-90 to 90/],
  ["regions[0].lon", regions({ lat: 50 }), /required when lat is set/],
  ["adminCidrs[0]", { apiIngress: "vpc", adminCidrs: '["0.0.0.0/0"]' }, /much of the internet/],
  ["adminCidrs[1]", { apiIngress: "vpc", adminCidrs: '["0.0.0.0/1", "128.0.0.0/1"]' }, /much of the internet/],
  ["adminCidrs", { adminCidrs: '["203.0.113.0/24"]' }, /requires livekit:apiIngress "vpc"/],
  ["redis.mode", regions({ nodes: 2 }), /"elasticache" or "external" for 2 nodes: .*redis\.mode elasticache/],
  ["redis.port", { redis: '{"mode": "elasticache", "port": 6380}' }, /ElastiCache uses port 6379/],
  ["redis", { redis: '{"mode": "elasticache", "address": "a.b:1"}' }, /only an external Redis/],
  ["redis.nodeType", { redis: '{"nodeType": "cache.t4g.small"}' }, /only with livekit:redis\.mode elasticache/],
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
  ["namePrefix", { redis: '{"mode": "elasticache"}', namePrefix: "1-lab" }, /start with a letter/],
  ["namePrefix", { loadBalancer: "nlb", namePrefix: "a".repeat(27) }, /at most 26/],
  ["loadBalancer", regions({ nodes: 3 }), /"nlb" or "dns" for 3 nodes.*loadBalancer nlb; or .*loadBalancer dns/],
  ["loadBalancer", { loadBalancer: "alb" }, /one of none, dns, nlb/],
  [
    "redis.address",
    { redis: '{"mode": "external", "address": "127.0.0.1:6379"}' },
    /loopback address, .* the node itself/,
  ],
  ["redis.tls", { redis: '{"mode": "external", "address": "8.8.4.4:6379"}' }, /in plain text/],
  [
    "redis.sentinelAddresses[0]",
    { redis: '{"mode": "external", "sentinelMaster": "m", "sentinelAddresses": ["127.0.0.1:26379"]}' },
    /loopback address, .* the node itself/,
  ],
  ["drainTimeoutSeconds", { drainTimeoutSeconds: "40000" }, /39600/],
  [
    "alarms.topicArn",
    { alarms: '{"topicArn": "arn:aws:sns:us-east-1:123456789012:oncall"}' },
    /topic must be in eu-central-1/,
  ],
  ["alarms.topicArn", { alarms: '{"topicArn": "oncall"}' }, /SNS topic/],
  [
    "adminCidrs",
    { apiIngress: "vpc", adminCidrs: JSON.stringify(networks(21)) },
    /at most 20 networks.*config rm --path 'livekit:adminCidrs\[20\]'/,
  ],
  [
    "scrapeCidrs",
    { monitoring: "true", scrapeCidrs: JSON.stringify(networks(22)) },
    /at most 20 networks.*'livekit:scrapeCidrs\[21\]'; .*'livekit:scrapeCidrs\[20\]'/,
  ],
  [
    "alarms.topicArn",
    { ...fleetValues, alarms: '{"topicArn": "arn:aws:sns:us-east-1:123456789012:oncall"}' },
    /topic must be in eu-central-1: .*topicArns\[0\]/,
  ],
  [
    "alarms.topicArns",
    { ...fleetValues, alarms: '{"topicArns": ["arn:aws:sns:us-east-1:123456789012:oncall"]}' },
    /must have a topic in eu-central-1: .*topicArns\[1\]/,
  ],
  [
    "alarms.topicArns[1]",
    {
      alarms: JSON.stringify({
        topicArns: ["eu-central-1", "us-east-1"].map((name) => `arn:aws:sns:${name}:123456789012:oncall`),
      }),
    },
    /topic in us-east-1, which is not in livekit:regions/,
  ],
  ["adminCidrs[0]", { adminCidrs: '["10.0.0.1/16"]' }, /10\.0\.0\.0\/16/],
  ["adminCidrs[0]", { adminCidrs: '["ten"]' }, /IPv4 network/],
  ["nodes", { nodes: "2" }, /target local/],
  ["publicAddress", { publicAddress: "198.51.100.7" }, /Elastic IP/],
  ["network", { network: "bridge" }, /target local/],
  ["imageSource", { imageSource: "build" }, /registry/],
  [
    "monitoringPassword",
    { monitoring: "true", monitoringPassword: "m".repeat(32) },
    /only with livekit:target local; .*config rm livekit:monitoringPassword$/,
  ],
  [
    "tags",
    { tags: JSON.stringify(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`tag${i}`, "x"]))) },
    /at most 9/,
  ],
  ["tags.aws:owner", { tags: '{"aws:owner": "me"}' }, /aws: is reserved/],
];
