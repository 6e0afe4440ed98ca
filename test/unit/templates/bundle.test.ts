import { parse } from "yaml";
import type { Fleet } from "../../../model/fleet";
import { renderFiles } from "../../../model/service";
import { planServices } from "../../../templates/bundle";
import { oneLine } from "../../../templates/emit";
import { bridgedHost, testCertificate as certificate, fileOf, render, turnSettings } from "../../support/local-bundle";
import { configure, testCallPage, testHost, testSecrets } from "../../support/settings";

test.each([
  ["multiMux", { udp_port: "50000-50003" }],
  ["mux", { udp_port: 7882 }],
  ["range", { port_range_start: 50000, port_range_end: 50100 }],
])("livekit.yaml has only the media port keys of mediaTransport %s", (mediaTransport, keys) => {
  const { rtc } = parse(fileOf(render({ mediaTransport }).files, "livekit", "livekit.yaml"));
  const { udp_port, port_range_start, port_range_end } = rtc;
  expect({ udp_port, port_range_start, port_range_end }).toEqual({
    udp_port: undefined,
    port_range_start: undefined,
    port_range_end: undefined,
    ...keys,
  });
});

test("livekit.yaml contains the node's address, the API keys, the Redis server and the TURN server", () => {
  const { files } = render();
  const config = parse(fileOf(files, "livekit", "livekit.yaml"));
  expect(config.rtc).toMatchObject({ node_ip: "198.51.100.7", use_external_ip: false, tcp_port: 7881 });
  expect(config.keys).toEqual({ APItest: testSecrets["apiSecret"] });
  expect(config.redis).toEqual({ address: "redis:6379", password: testSecrets["redisPassword"] });
  expect(config.turn).toEqual({ enabled: false });
  expect(config.development).toBeUndefined();
  expect(config.rtc.turn_servers).toEqual(
    [[3478, "udp"]].map(([port, protocol]) => ({
      host: "198.51.100.7",
      port,
      protocol,
      secret_file: "/config/turn-secret",
      ttl: 14400,
    })),
  );
  expect(fileOf(files, "livekit", "turn-secret")).toBe(testSecrets["turnSecret"]);
});

test.each([
  ["on the host network have only the host's address", testHost, "198.51.100.7/32"],
  ["on a Docker bridge may have any IPv4 address and no IPv6 address", bridgedHost, "0.0.0.0/0"],
])("LiveKit's ICE candidates %s", (_, host, network) => {
  const { rtc } = parse(fileOf(render({}, testSecrets, host).files, "livekit", "livekit.yaml"));
  expect(rtc.ips).toEqual({ includes: [network] });
  expect(rtc.interfaces).toBeUndefined();
});

test("with a domain, clients reach TURN/TLS on port 443, which nginx routes by SNI", () => {
  const { files } = render({ domain: "example.com" });
  const { rtc } = parse(fileOf(files, "livekit", "livekit.yaml"));
  // All URLs use names: clients behind NAT64 can't use an IPv4 address.
  expect(rtc.turn_servers.map(({ host, port }: { host: string; port: number }) => `${host}:${port}`)).toEqual([
    "turn.example.com:3478",
    "turn.example.com:443",
  ]);
  expect(fileOf(files, "nginx", "nginx.conf")).toMatch(/turn\.example\.com unix:\/tmp\/turn\.sock;/);
});

test("turnserver.conf denies every peer except the fleet's SFUs", () => {
  const settings = turnSettings(fileOf(render().files, "coturn", "turnserver.conf"));
  expect(settings.get("denied-peer-ip")).toContain("0.0.0.0-255.255.255.255");
  expect(settings.get("allowed-peer-ip")).toEqual(["198.51.100.7"]);
  expect(settings.has("use-auth-secret")).toBe(true);
  expect(settings.has("lt-cred-mech")).toBe(false);
  expect(settings.get("static-auth-secret")).toEqual([testSecrets["turnSecret"]]);
  expect([settings.get("min-port"), settings.get("max-port")]).toEqual([["49152"], ["49252"]]);
});

test("behind NAT, Coturn advertises the public address and relays from the private address", () => {
  const { files } = render({ publicAddress: "203.0.113.9" });
  const settings = turnSettings(fileOf(files, "coturn", "turnserver.conf"));
  expect(settings.get("external-ip")).toEqual(["203.0.113.9/198.51.100.7"]);
  expect(settings.get("relay-ip")).toEqual(["198.51.100.7"]);
});

test.each(["192.0.2.20", "127.0.0.1"])(
  "Coturn listens on and relays from publicAddress %s if another network interface has this address",
  (publicAddress) => {
    const { fleet, files } = render({ publicAddress });
    const turn = turnSettings(fileOf(files, "coturn", "turnserver.conf"));
    expect(turn.get("listening-ip")).toEqual([...new Set([publicAddress, "127.0.0.1"])]);
    expect(turn.get("relay-ip")).toEqual([publicAddress]);
    expect(turn.get("allowed-peer-ip")).toEqual([publicAddress]);
    expect(turn.has("external-ip")).toBe(false);
    const { rtc } = parse(fileOf(files, "livekit", "livekit.yaml"));
    expect(rtc).toMatchObject({ node_ip: publicAddress, ips: { includes: [`${publicAddress}/32`] } });
    expect(rtc.turn_servers).toMatchObject([{ host: publicAddress }]);
    expect(fleet.sfuAddresses).toEqual([publicAddress]);
  },
);

test("old and new secrets are both valid during a rotation", () => {
  const { files } = render(
    {},
    {
      ...testSecrets,
      previousApiKey: "APIold",
      previousApiSecret: "old-api-secret-0123456789abcdef0123",
      previousTurnSecret: "old-turn-secret-0123456789abcdef0123",
    },
  );
  expect(Object.keys(parse(fileOf(files, "livekit", "livekit.yaml")).keys)).toEqual(["APItest", "APIold"]);
  const turn = turnSettings(fileOf(files, "coturn", "turnserver.conf"));
  expect(turn.get("static-auth-secret")).toHaveLength(2);
});

test("nginx overwrites the headers that LiveKit trusts and logs no token", () => {
  const conf = fileOf(render().files, "nginx", "nginx.conf");
  expect(conf).toContain('proxy_set_header CF-Connecting-IP "";');
  expect(conf).toContain("proxy_set_header X-Forwarded-For $remote_addr;");
  expect(conf).toContain("proxy_read_timeout 86400s;");
  expect(conf).not.toMatch(/\$request\b|\$request_uri|\$args/);
});

test("nginx serves exactly the files of the call page, each by its name", () => {
  const { specs, files, fleet } = render();
  const conf = fileOf(files, "nginx", "nginx.conf");
  const served = [...conf.matchAll(/location = (\S+) \{ default_type \S+; alias (\S+); \}/g)];
  expect(served.map(([, url, path]) => [url, path])).toEqual(
    ["html", "css", "js", "svg"].map((kind) => [`/call/call.${kind}`, `/config/call.${kind}`]),
  );
  expect(conf.match(/\b(alias|root|try_files|autoindex)\b/g)).toHaveLength(served.length);
  expect(fileOf(files, "nginx", "call.js")).toBe(testCallPage["call.js"]);
  const open = specs.flatMap(({ files }) => files.filter(({ readableByAll }) => readableByAll));
  expect(open.map(({ path }) => path)).toEqual(served.map(([, , path]) => path));
  // A node on AWS has no call page.
  const { secrets } = configure();
  const without = renderFiles(planServices(fleet, fleet.nodes[0]), { secrets, certificate });
  expect(JSON.stringify(without)).not.toContain("call.html");
  expect(fileOf(without, "nginx", "nginx.conf")).not.toContain("/call");
});

test("no command, alias or health check contains a secret", () => {
  for (const spec of render().specs) {
    for (const secret of Object.values(testSecrets)) expect(JSON.stringify(spec)).not.toContain(secret);
  }
});

test("on a Docker bridge services publish the ports in use and no relay port", () => {
  const { specs } = render({}, testSecrets, bridgedHost);
  const published = specs.flatMap(({ publications }) =>
    publications.map(({ port, protocol }) => `${port}/${protocol}`),
  );
  expect(published.sort()).toEqual(
    ["7880/tcp", "7881/tcp", "50000/udp", "50001/udp", "50002/udp", "50003/udp"]
      .concat(["3478/udp", "3478/tcp", "5349/udp", "5349/tcp", "443/tcp"])
      .sort(),
  );
});

test("rejects livekit:network bridge if host networking is available, because a bridge carries no TURN", () => {
  expect(() => render({ network: "bridge" })).toThrow(
    /livekit:network "bridge": .*TURN.*pulumi config set livekit:network auto/,
  );
  expect(render({ network: "bridge" }, testSecrets, bridgedHost).fleet.nodes[0].network).toBe("bridge");
});

test("several LiveKit servers on a Docker bridge publish each port only once", () => {
  const { specs } = render({ nodes: "2" }, testSecrets, bridgedHost);
  const published = specs.flatMap(({ publications }) =>
    publications.map(({ port, protocol }) => `${port}/${protocol}`),
  );
  expect(new Set(published).size).toBe(published.length);
  expect(published).toContain("7880/tcp");
  expect(published).toContain("50050/udp");
});

test("merges raw LiveKit settings by key and keeps the stack's other settings", () => {
  const room = '{"maxParticipants": 9}';
  const overrides = {
    logging: { level: "debug" },
    signal_relay: { stream_buffer_size: 500 },
    room: { enabled_codecs: [{ mime: "audio/opus" }] },
    rtc: { congestion_control: { allow_pause: true }, pli_throttle: { low_quality: "1s" } },
    webhook: { filter_params: { include_events: ["room_started"] } },
    limit: { subscription_limit_video: 100 },
  };
  const before = parse(fileOf(render({ room }).files, "livekit", "livekit.yaml"));
  const livekitOverrides = JSON.stringify(overrides);
  const after = parse(fileOf(render({ room, livekitOverrides }).files, "livekit", "livekit.yaml"));
  expect(after).toMatchObject(overrides);
  expect(after).toMatchObject(withoutLogLevel(before));
  expect(Object.keys(before.rtc).length).toBeGreaterThan(4);
});

test("a list in raw LiveKit settings replaces the stack's list, and no key pollutes the prototype of objects", () => {
  const livekitOverrides = '{"__proto__": {"polluted": true}, "room": {"enabled_codecs": [1]}}';
  const settings = parse(fileOf(render({ livekitOverrides }).files, "livekit", "livekit.yaml"));
  expect(settings.room.enabled_codecs).toEqual([1]);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

function withoutLogLevel({ logging, ...others }: { logging: { level: string; json: boolean } }): object {
  return { ...others, logging: { json: logging.json } };
}

test("rejects a line break in a value of a line-based configuration file", () => {
  expect(() => oneLine("a\nuser-quota=0")).toThrow(/line break/);
});

test("the SFU addresses of a fleet include both the public address and the private address", () => {
  const fleet: Fleet = render({ publicAddress: "203.0.113.9" }).fleet;
  expect(fleet.sfuAddresses).toEqual(["203.0.113.9", "198.51.100.7"]);
});
