import { parse } from "yaml";
import { fileOf, render } from "../../support/local-bundle";
import { fileOf as bundleFileOf, nodeBundle } from "../../support/node-bundle";
import { testSecrets } from "../../support/settings";

const ca = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const external = (members: object) => ({ redis: JSON.stringify({ mode: "external", ...members }) });
const password = testSecrets["redisPassword"];

function redisKeys(members: object) {
  const { files } = render(external(members));
  return parse(fileOf(files, "livekit", "livekit.yaml")).redis;
}

test("Redis accepts writes after a failed snapshot, as on a full disk", () => {
  expect(fileOf(render().files, "livekit-redis", "redis.conf")).toMatch(/^stop-writes-on-bgsave-error no$/m);
});

test("the kernel lets Redis fork for a snapshot when memory is low", () => {
  const { bundle } = nodeBundle();
  expect(bundleFileOf(bundle, "system/etc/sysctl.d/60-livekit.conf")).toMatch(/^vm\.overcommit_memory = 1$/m);
});

test.each([
  [
    "a username and a database number",
    { address: "r.example.com:6379", username: "video", db: 3 },
    { username: "video", db: 3 },
  ],
  [
    "its own CA",
    { address: "r.example.com:6379", tls: true, ca },
    { tls: { enabled: true, ca_cert_file: "/config/redis-ca.pem" } },
  ],
])("LiveKit connects to an external Redis with %s", (_, members, keys) => {
  expect(redisKeys(members)).toEqual({ address: "r.example.com:6379", password, ...keys });
});

test("LiveKit uses the configured Redis Sentinels, with a Sentinel password only if sentinelAuth is set", () => {
  const sentinels = { sentinelMaster: "mymaster", sentinelAddresses: ["a.example.com:26379", "b.example.com:26379"] };
  const keys = { sentinel_master_name: "mymaster", sentinel_addresses: sentinels.sentinelAddresses, password };
  expect(redisKeys(sentinels)).toEqual(keys);
  expect(redisKeys({ ...sentinels, username: "video", sentinelAuth: true })).toEqual({
    ...keys,
    username: "video",
    sentinel_username: "video",
    sentinel_password: password,
  });
});

test("the configured CA of an external Redis is in LiveKit's container, locally and on AWS", () => {
  const values = external({ address: "r.example.com:6380", tls: true, ca });
  expect(fileOf(render(values).files, "livekit", "redis-ca.pem")).toBe(ca);
  expect(bundleFileOf(nodeBundle(values).bundle, "stack/livekit/redis-ca.pem")).toBe(ca);
});
