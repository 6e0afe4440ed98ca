import { createHash } from "node:crypto";
import { parse } from "yaml";
import { secretTexts } from "../../../../model/aws/keys";
import { renewalRule } from "../../../../model/certificate-renewal";
import { fileRules } from "../../../../model/file-effects";
import { portNames } from "../../../../model/ports/table";
import { type Bundle, serviceDigests } from "../../../../templates/node/bundle";
import { fileOf, nodeBundle } from "../../../support/node-bundle";
import { configureAws, testSecrets } from "../../../support/settings";

/** Returns the names of the secrets that a bundle's files have placeholders for. */
function placeholders(bundle: Bundle): string[] {
  const services = Object.entries(bundle).filter(([path]) => path.startsWith("stack/"));
  const found = services.flatMap(([, text]) => [...text.matchAll(/@@(.*?)@@/g)].map(([, name]) => name ?? ""));
  return [...new Set(found)].sort();
}

const rotation = { previousApiKey: "APIold", previousApiSecret: "o".repeat(40), previousTurnSecret: "p".repeat(40) };

test.each([
  ["without a rotation", {}, { apiKeys: 1, turnSecrets: 1 }],
  ["during a rotation", rotation, { apiKeys: 2, turnSecrets: 2 }],
])("the bundle has a placeholder for every secret and a secret for every placeholder: %s", (_, values, counts) => {
  const known = Object.keys(secretTexts(configureAws(values).secrets));
  const certificate = ["certificate.chain", "certificate.key"];
  expect(placeholders(nodeBundle({ monitoring: "true", ...values }, counts).bundle)).toEqual(
    [...known, ...certificate].sort(),
  );
});

test("the bundle contains no secret", () => {
  const text = JSON.stringify(nodeBundle().bundle);
  for (const name of ["apiSecret", "turnSecret", "redisPassword"]) expect(text).not.toContain(testSecrets[name]);
  expect(text).not.toMatch(/planted/);
  expect(text).not.toContain(configureAws().secrets.metricsPassword);
});

test("a secret that replaces a placeholder in YAML stays a string, even if the secret looks like a number", () => {
  const { bundle } = nodeBundle();
  const filled = fileOf(bundle, "stack/livekit/livekit.yaml")
    .replaceAll("@@apiKey.0@@", "1234")
    .replaceAll("@@apiSecret.0@@", "0x10: {");
  expect(parse(filled).keys).toEqual({ "1234": "0x10: {" });
});

test("plan.json has each service's container name and a digest of its container's settings", () => {
  const of = (values = {}) => JSON.parse(fileOf(nodeBundle(values).bundle, "plan.json"));
  const plan = of();
  expect(plan.services.map(({ name, kind, container }: Record<string, string>) => [name, kind, container])).toEqual([
    ["livekit-redis", "redis", "inspire-lab-livekit-redis"],
    ["coturn", "coturn", "inspire-lab-coturn"],
    ["livekit", "livekit", "inspire-lab-livekit"],
    ["nginx", "nginx", "inspire-lab-nginx"],
  ]);
  const digests = (each: typeof plan) => each.services.map(({ digest }: { digest: string }) => digest);
  expect(new Set(digests(plan)).size).toBe(4);
  // The digest covers only the container's entry in compose.yaml, so that other fields of plan.json restart nothing.
  const entries = parse(fileOf(nodeBundle().bundle, "stack/compose.yaml"), { version: "1.1" }).services;
  for (const { name, digest } of plan.services) {
    expect(digest).toBe(createHash("sha256").update(JSON.stringify(entries[name])).digest("hex"));
  }
  // The changed image is part of the container's entry. The changed room limit is only part of a file.
  const other = digests(of({ images: '{"nginx": "nginx:1.30.5"}', room: '{"maxParticipants": 9}' }));
  expect(other.slice(0, 3)).toEqual(digests(plan).slice(0, 3));
  expect(other[3]).not.toBe(digests(plan)[3]);
});

test("plan.json contains the node agent's settings, for example the bucket, change policy, ports and certificate issuer", () => {
  const { bundle } = nodeBundle({ changePolicy: "drain", drainTimeoutSeconds: "900" });
  expect(JSON.parse(fileOf(bundle, "plan.json"))).toMatchObject({
    node: "euc1-1",
    region: "eu-central-1",
    home: "eu-central-1",
    bucket: "bucket-of-bundles",
    secrets: { keys: "inspire-lab/keys", certificate: "inspire-lab/certificate" },
    issuer: true,
    certificate: { names: ["example.com", "*.example.com"], email: "ops@example.com" },
    change: { policy: "drain", drainTimeoutSeconds: 900 },
    turn: { realm: "turn.example.com", volume: "inspire-lab-coturn-data", file: "turndb" },
    ports: { api: 7880, https: 443, turnTls: 5349, redis: 6379 },
    metrics: { namespace: "LiveKit/inspire-lab" },
    rules: { files: fileRules, renewal: renewalRule },
  });
});

test("a rotation of secrets changes only Coturn's secrets file, not its settings, so Coturn does not restart", () => {
  const before = nodeBundle({}, { apiKeys: 1, turnSecrets: 1 }).bundle;
  const during = nodeBundle({}, { apiKeys: 1, turnSecrets: 2 }).bundle;
  const differing = Object.keys(during).filter((path) => during[path] !== before[path]);
  expect(differing).toEqual(["stack/coturn/turn-secrets"]);
});

test.each([
  ["a room's limit", { room: '{"maxParticipants": 9}' }, ["livekit"]],
  ["nginx's image", { images: '{"nginx": "nginx:1.30.5"}' }, ["nginx"]],
  ["a tag", { tags: '{"team": "video"}' }, ["livekit-redis", "coturn", "livekit", "nginx"]],
])("service digests in plan.json show which services a change of %s affects", (_, values, reached) => {
  const before = serviceDigests(nodeBundle().bundle);
  const after = serviceDigests(nodeBundle(values).bundle);
  expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual(reached);
});

test("health checks run every second until a service is healthy, then every 15 seconds", () => {
  const { bundle } = nodeBundle();
  const { services } = parse(fileOf(bundle, "stack/compose.yaml"), { version: "1.1" });
  for (const { healthcheck } of Object.values<{ healthcheck: object }>(services)) {
    expect(healthcheck).toMatchObject({ start_interval: "1s", start_period: "60s", interval: "15s" });
  }
});

test.each([
  // 4 GiB and 16 GiB: c families have 2 GiB a vCPU, m families 4 GiB.
  ["c7i.large", "2867m", "2580MiB"],
  ["m7g.xlarge", "11468m", "10321MiB"],
])(
  "on %s instances, memory limits depend on the instance type, and GOMEMLIMIT is below LiveKit's limit",
  (instanceType, limit, goLimit) => {
    const regions = JSON.stringify([{ name: "eu-central-1", cidr: "10.0.0.0/16", nodes: 1, instanceType }]);
    const { bundle } = nodeBundle({ regions });
    const { services } = parse(fileOf(bundle, "stack/compose.yaml"), { version: "1.1" });
    expect(services.livekit).toMatchObject({ mem_limit: limit, environment: { GOMEMLIMIT: goLimit } });
    for (const name of ["coturn", "nginx"]) expect(services[name].mem_limit).toMatch(/^\d+m$/);
  },
);

test("services of an instance type of unknown size have no memory limits", () => {
  const regions = JSON.stringify([{ name: "eu-central-1", cidr: "10.0.0.0/16", nodes: 1, instanceType: "t3.large" }]);
  const { services } = parse(fileOf(nodeBundle({ regions }).bundle, "stack/compose.yaml"), { version: "1.1" });
  for (const name of ["livekit", "coturn", "nginx"]) expect(services[name].mem_limit).toBeUndefined();
  expect(services.livekit.environment).toBeUndefined();
});

test("compose.yaml mounts each service's folder of the bundle as /config", () => {
  const { bundle } = nodeBundle();
  const { services } = parse(fileOf(bundle, "stack/compose.yaml"), { version: "1.1" });
  for (const [name, service] of Object.entries<{ volumes: string[]; network_mode?: string }>(services)) {
    expect(service.volumes[0]).toBe(`./${name}:/config:ro`);
    expect(Object.keys(bundle).some((path) => path.startsWith(`stack/${name}/`))).toBe(true);
  }
});

test("the kernel does not use the ports of the port table and internal ports for outgoing connections", () => {
  const { bundle, plan } = nodeBundle();
  const text = fileOf(bundle, "system/etc/sysctl.d/60-livekit.conf");
  const reserved = /ip_local_reserved_ports = (.*)/.exec(text)?.[1] ?? "";
  const spans = reserved.split(",").map((part) => part.split("-").map(Number));
  const isReserved = (port: number) => spans.some(([first = 0, last = first]) => port >= first && port <= last);
  for (const name of portNames) {
    const { first, last } = plan.ports[name];
    expect([first, last].every(isReserved)).toBe(true);
  }
  expect([6379, 16789, 17880].every(isReserved)).toBe(true);
  expect(text).toMatch(/ip_unprivileged_port_start = 443/);
});

test("every boot raises the conntrack limit", () => {
  const { bundle } = nodeBundle();
  expect(fileOf(bundle, "system/etc/sysctl.d/60-livekit.conf")).toMatch(/^net\.netfilter\.nf_conntrack_max = 262144$/m);
  expect(fileOf(bundle, "system/etc/modules-load.d/60-livekit.conf")).toBe("nf_conntrack\n");
});

test("the kernel probes the path MTU of TCP connections, because firewalls drop ICMP messages", () => {
  expect(fileOf(nodeBundle().bundle, "system/etc/sysctl.d/60-livekit.conf")).toMatch(
    /^net\.ipv4\.tcp_mtu_probing = 1$/m,
  );
});

test("a file in /etc/chrony/sources.d configures the Amazon Time Sync Service for chrony", () => {
  // Debian's chrony.conf has `sourcedir /etc/chrony/sources.d` and reads its *.sources.
  expect(fileOf(nodeBundle().bundle, "system/etc/chrony/sources.d/aws.sources")).toMatch(
    /^server 169\.254\.169\.123 /m,
  );
});

test("Docker's networks overlap with no region's network and with no network in scrapeCidrs", () => {
  const daemon = (cidr: string, more = {}) => {
    const regions = JSON.stringify([{ name: "eu-central-1", cidr, nodes: 1, instanceType: "c7i.large" }]);
    return JSON.parse(fileOf(nodeBundle({ regions, ...more }).bundle, "system/etc/docker/daemon.json"));
  };
  const scraped = { monitoring: "true", scrapeCidrs: '["172.31.0.0/16"]' };
  expect(daemon("10.0.0.0/16", scraped).bip).toBe("10.255.240.1/24");
  expect(daemon("10.0.0.0/16")).toMatchObject({ bip: "172.31.240.1/24", "live-restore": true, "ip-forward": false });
  expect(daemon("172.31.0.0/16").bip).toBe("10.255.240.1/24");
});

test("the systemd unit livekit.service keeps running when the Docker daemon stops", () => {
  const unit = fileOf(nodeBundle().bundle, "system/etc/systemd/system/livekit.service");
  expect(unit).toMatch(/^Wants=docker\.service/m);
  expect(unit).not.toMatch(/^(Requires|BindsTo|PartOf)=/m);
});
