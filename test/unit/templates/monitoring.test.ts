import bcrypt from "bcryptjs";
import { parse } from "yaml";
import { type Host, planLocalFleet } from "../../../model/fleet";
import { internalPorts, monitoringPorts } from "../../../model/ports/internal";
import { renderFiles, type ServiceSpec } from "../../../model/service";
import { planServices } from "../../../templates/bundle";
import { alerts } from "../../../templates/monitoring/alerts";
import { configure, monitoredSecrets, testHost } from "../../support/settings";

const certificate = { chain: "CHAIN", key: "KEY" };

function render(values: Record<string, string> = {}, host: Partial<Host> = {}, env = monitoredSecrets) {
  const { settings, secrets } = configure({ monitoring: "true", ...values }, env);
  const fleet = planLocalFleet(settings, { ...testHost, ...host });
  const specs = planServices(fleet, fleet.nodes[0]);
  const files = renderFiles(specs, { secrets, certificate });
  const fileOf = (service: string, name: string) => files[service]?.[`/config/${name}`] ?? "";
  return { fleet, secrets, specs, files, fileOf };
}

const names = ({ specs }: ReturnType<typeof render>) => specs.map(({ name }) => name);

test("only a stack with monitoring runs Prometheus and Grafana and exposes metrics of LiveKit", () => {
  const plain = render({ monitoring: "false" });
  expect(names(plain)).toEqual(["livekit-redis", "coturn", "livekit", "nginx"]);
  expect(parse(plain.fileOf("livekit", "livekit.yaml"))).toMatchObject({ bind_addresses: ["0.0.0.0"], port: 7880 });
  expect(parse(plain.fileOf("livekit", "livekit.yaml")).prometheus).toBeUndefined();
  expect(names(render())).toEqual([...names(plain), "node-exporter", "blackbox-exporter", "prometheus", "grafana"]);
});

test("if the stack builds its images, Grafana runs only from an image that the user configures", () => {
  expect(names(render({}, { imageSource: "build" }))).not.toContain("grafana");
  const own = { images: '{"grafana": "mirror.example.com/grafana:13.2.3"}' };
  expect(names(render(own, { imageSource: "build" }))).toContain("grafana");
});

test("with monitoring LiveKit listens only on loopback, its metrics need a password, and nginx serves the API port", () => {
  const { fileOf, secrets } = render({ nodes: "2" });
  for (const [i, name] of ["livekit", "livekit-2"].entries()) {
    expect(parse(fileOf(name, "livekit.yaml"))).toMatchObject({
      bind_addresses: ["127.0.0.1"],
      prometheus: { port: internalPorts.livekitMetrics + i, username: "node", password: secrets.metricsPassword },
    });
  }
  const one = render();
  expect(parse(one.fileOf("livekit", "livekit.yaml"))).toMatchObject({ bind_addresses: ["127.0.0.1"], port: 17880 });
  expect(one.fileOf("nginx", "nginx.conf")).toMatch(/listen 7880;/);
});

const listeners = (specs: readonly ServiceSpec[]) =>
  specs.flatMap(({ entrypoint, command }) =>
    [...[...entrypoint, ...command].join(" ").matchAll(/--web\.listen-address=(\S+):(\d+)/g)].map(
      ([, address]) => address,
    ),
  );

test("with host networking every monitoring service listens on loopback only", () => {
  const { specs, fileOf } = render();
  expect(listeners(specs)).toEqual(["127.0.0.1", "127.0.0.1", "127.0.0.1"]);
  expect(fileOf("grafana", "grafana.ini")).toContain("http_addr = 127.0.0.1\n");
});

test("on a Docker bridge only Prometheus and Grafana publish ports, only on loopback, and Prometheus reaches services by name", () => {
  const { specs, fileOf, fleet } = render({}, { network: "bridge" });
  const added = specs.slice(4).map(({ name, publications }) => [name, publications]);
  const onLoopback = (port: number) => [{ port, protocol: "tcp", address: "127.0.0.1" }];
  expect(Object.fromEntries(added)).toEqual({
    "node-exporter": [],
    "blackbox-exporter": [],
    prometheus: onLoopback(monitoringPorts.prometheus),
    grafana: onLoopback(monitoringPorts.grafana),
  });
  const aliases = specs.flatMap(({ aliases }) => aliases);
  for (const host of fileOf("prometheus", "prometheus.yml").match(/[\w-]+(?=:\d+(\/|$))/gm) ?? []) {
    expect(aliases).toContain(host);
  }
  // The exporter cannot see the relay's sockets, which are in another network namespace.
  expect(alerts(fleet, fleet.nodes[0]).map(({ name }) => name)).not.toContain("RelayPortsLow");
});

test("each web endpoint has its own password, whose hash changes only with the password", () => {
  const { fileOf, secrets } = render();
  const users = (service: string) => parse(fileOf(service, "web.yml")).basic_auth_users as Record<string, string>;
  expect(bcrypt.compareSync(secrets.monitoringPassword, users("prometheus")["admin"] ?? "")).toBe(true);
  for (const service of ["node-exporter", "blackbox-exporter"]) {
    expect(bcrypt.compareSync(secrets.metricsPassword, users(service)["node"] ?? "")).toBe(true);
  }
  expect(render().fileOf("prometheus", "web.yml")).toBe(fileOf("prometheus", "web.yml"));
  const other = { ...monitoredSecrets, monitoringPassword: `${monitoredSecrets.monitoringPassword}9` };
  expect(render({}, {}, other).fileOf("prometheus", "web.yml")).not.toBe(fileOf("prometheus", "web.yml"));
});

test("Grafana connects to the node's Prometheus with a password, and every dashboard uses this data source", () => {
  const { files, fileOf, secrets } = render();
  const [source] = parse(fileOf("grafana", "datasources/prometheus.yml")).datasources;
  expect(source).toMatchObject({
    url: `http://127.0.0.1:${monitoringPorts.prometheus}`,
    basicAuthUser: "admin",
    secureJsonData: { basicAuthPassword: secrets.monitoringPassword },
  });
  const models = Object.entries(files["grafana"] ?? {})
    .filter(([path]) => path.endsWith(".json"))
    .map(([, content]) => JSON.parse(content));
  expect(models.map(({ uid }) => uid)).toEqual(["livekit-calls", "livekit-node"]);
  for (const { panels } of models) {
    for (const panel of panels) expect(panel.datasource.uid).toBe(source.uid);
  }
  const titles = models.flatMap(({ panels }) => panels.map(({ title }: { title: string }) => title));
  const expected = [
    "Rooms",
    "Participants",
    "Packet loss",
    "Bandwidth",
    "TURN allocations",
    "Processor",
    "Certificate days",
  ];
  expect(titles).toEqual(expect.arrayContaining(expected));
});

test("the alert RelayPortsLow fires if more than 80 % of the configured relay ports are in use", () => {
  const { fleet } = render({ ports: '{"relay": "49152-49161"}' });
  const alert = alerts(fleet, fleet.nodes[0]).find(({ name }) => name === "RelayPortsLow");
  expect(alert?.bound).toEqual({ above: 8 });
});
