import { parse } from "yaml";
import { awsFleet, planAws } from "../../../../model/aws/plan";
import { imageNames } from "../../../../model/fleet";
import { type Bundle, renderBundle } from "../../../../templates/node/bundle";
import { fileOf } from "../../../support/node-bundle";
import { configureAws, fleetValues, testRegion, trioValues } from "../../../support/settings";

const redisAddress = "master.lab.cache.amazonaws.com:6379";

/** Returns the bundles of all nodes by name. Node i of a region has the address 203.0.113.i or 198.51.100.i. */
function bundles(values: Record<string, string>): Record<string, Bundle> {
  const plan = planAws(configureAws(values).settings);
  const address = (name: string) =>
    `${name.startsWith("euc1") ? "203.0.113" : "198.51.100"}.${name.slice(name.indexOf("-") + 1)}`;
  const addresses = Object.fromEntries(plan.nodes.map(({ name }) => [name, address(name)]));
  const fleet = awsFleet(plan, addresses, redisAddress);
  return Object.fromEntries(
    plan.nodes.map((node) => [
      node.name,
      renderBundle(plan, fleet, node, imageNames(plan.settings), { agent: {}, puller: "" }, "bucket"),
    ]),
  );
}

const livekitOf = (bundle: Bundle) => parse(fileOf(bundle, "stack/livekit/livekit.yaml"));
const of = (all: Record<string, Bundle>, node: string): Bundle => all[node] ?? {};

const fleet = bundles(fleetValues);
const trio = bundles(trioValues);
const every = Object.entries({ ...fleet, ...trio });

test.each([
  ["ElastiCache", fleet, redisAddress],
  ["an external Redis", trio, "redis.example.org:6380"],
])("all nodes use %s over TLS and verify its certificate with the machine's CA certificates", (_, all, address) => {
  for (const bundle of Object.values(all)) {
    const { services, volumes } = parse(fileOf(bundle, "stack/compose.yaml"), { version: "1.1" });
    expect(livekitOf(bundle).redis).toEqual({ address, password: "@@redisPassword@@", tls: { enabled: true } });
    expect(Object.keys(services)).toEqual(["coturn", "livekit", "nginx"]);
    expect(Object.keys(volumes)).toEqual(["coturn-data"]);
    const caCertificates = "/etc/ssl/certs/ca-certificates.crt";
    expect(services.livekit.volumes).toContain(`${caCertificates}:${caCertificates}:ro`);
    expect(services.livekit.extra_hosts).toEqual({});
    expect(JSON.parse(fileOf(bundle, "plan.json")).services.map(({ kind }: { kind: string }) => kind)).not.toContain(
      "redis",
    );
    expect(fileOf(bundle, "system/etc/sysctl.d/60-livekit.conf")).not.toMatch(/\b6379\b/);
  }
});

test("LiveKit on every node lists all regions and selects a room's node by region and load", () => {
  for (const [name, bundle] of Object.entries(fleet)) {
    const { region, node_selector } = livekitOf(bundle);
    expect(region).toBe(name.startsWith("euc1") ? "eu-central-1" : "us-east-1");
    expect(node_selector).toEqual({
      kind: "regionaware",
      sort_by: "cpuload",
      regions: expect.arrayContaining([
        { name: "eu-central-1", lat: 50.1, lon: 8.7 },
        { name: "us-east-1", lat: 39, lon: -77.5 },
      ]),
    });
  }
});

test("each node provides clients with its own TURN server over UDP and over TLS on port 443", () => {
  for (const [name, bundle] of every) {
    const { rtc } = livekitOf(bundle);
    const own = `${name}.example.com`;
    const servers = rtc.turn_servers.map((each: Record<string, unknown>) => [
      each["host"],
      each["port"],
      each["protocol"],
    ]);
    expect(servers).toEqual([
      [own, 3478, "udp"],
      [own, 443, "tls"],
    ]);
    const nginx = fileOf(bundle, "stack/nginx/nginx.conf");
    for (const sni of [own, "turn.example.com"]) expect(nginx).toContain(`    ${sni} unix:/tmp/turn.sock;\n`);
    expect(fileOf(bundle, "stack/coturn/turnserver.conf")).toContain("realm=turn.example.com\n");
  }
});

test.each([fleet, trio])("case %#: Coturn allows every node's SFU as a peer and denies all other peers", (all) => {
  const sfus = Object.values(all).map((bundle) => livekitOf(bundle).rtc.node_ip);
  for (const bundle of Object.values(all)) {
    const settings = fileOf(bundle, "stack/coturn/turnserver.conf");
    const own = [...settings.matchAll(/^allowed-peer-ip=(.*)$/gm)].map(([, address]) => address);
    const others = fileOf(bundle, "stack/coturn/turn-peers").trim().split("\n");
    expect(own).toEqual([livekitOf(bundle).rtc.node_ip]);
    expect([...own, ...others].sort()).toEqual([...sfus].sort());
    expect(settings).toContain("denied-peer-ip=0.0.0.0-255.255.255.255\n");
  }
});

const far = { ...testRegion, name: "ap-south-1", cidr: "10.2.0.0/16", nodes: 2 };

test.each([
  ["a second node", trioValues, [{ ...testRegion, nodes: 1 }], [{ ...testRegion, nodes: 2 }]],
  ["a fourth node", trioValues, [{ ...testRegion, nodes: 3 }], [{ ...testRegion, nodes: 4 }]],
  [
    "a region",
    fleetValues,
    [{ ...testRegion, nodes: 1, primary: true }],
    [{ ...testRegion, nodes: 1, primary: true }, far],
  ],
])("adding %s changes only the other nodes' allowed relay peers and restarts no service", (_, values, was, is) => {
  const [before, after] = [was, is].map((regions) => bundles({ ...values, regions: JSON.stringify(regions) }));
  for (const [name, bundle] of Object.entries(before ?? {})) {
    const now = of(after ?? {}, name);
    expect(Object.keys(now).filter((path) => now[path] !== bundle[path])).toEqual(["stack/coturn/turn-peers"]);
  }
});

test("with apiIngress vpc, a node opens port 7880 to its region's network and adminCidrs, not to other regions", () => {
  const narrowed = bundles({ ...fleetValues, apiIngress: "vpc", adminCidrs: '["192.0.2.0/24"]' });
  const rule = (node: string) =>
    /ip saddr \{ (.*?) \} tcp dport 7880/.exec(fileOf(of(narrowed, node), "system/etc/nftables.conf"))?.[1];
  expect(rule("euc1-1")).toBe("10.0.0.0/16, 192.0.2.0/24");
  expect(rule("use1-2")).toBe("10.1.0.0/16, 192.0.2.0/24");
});

test("only one node requests certificates, and all nodes poll the primary region's bucket", () => {
  const plans = Object.values(fleet).map((bundle) => JSON.parse(fileOf(bundle, "plan.json")));
  expect(plans.map(({ issuer }) => issuer)).toEqual([true, false, false, false]);
  expect(new Set(plans.map(({ home }) => home))).toEqual(new Set(["eu-central-1"]));
});

test("LiveKit's metrics need a password, and no firewall rule opens them", () => {
  for (const [, bundle] of every) {
    const { prometheus } = livekitOf(bundle);
    expect(prometheus).toEqual({ port: 16789, username: "node", password: "@@metricsPassword@@" });
    expect(fileOf(bundle, "system/etc/nftables.conf")).not.toContain(String(prometheus.port));
  }
});
