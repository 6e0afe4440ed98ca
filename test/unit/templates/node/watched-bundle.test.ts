import { parse } from "yaml";
import { internalPorts, monitoringPorts } from "../../../../model/ports/internal";
import { fileOf, nodeBundle } from "../../../support/node-bundle";

const plain = nodeBundle().bundle;
const { bundle, node, fleet } = nodeBundle({ monitoring: "true" });
const composeOf = (each: typeof bundle) => parse(fileOf(each, "stack/compose.yaml"), { version: "1.1" });

test("a monitored node runs the node exporter beside its services, on loopback with a password", () => {
  expect(Object.keys(composeOf(plain).services)).toEqual(["livekit-redis", "coturn", "livekit", "nginx"]);
  const { services } = composeOf(bundle);
  expect(Object.keys(services)).toEqual([...Object.keys(composeOf(plain).services), "node-exporter"]);
  expect(services["node-exporter"].command.join(" ")).toContain(
    `--web.listen-address=127.0.0.1:${monitoringPorts.nodeExporter}`,
  );
  const { basic_auth_users } = parse(fileOf(bundle, "stack/node-exporter/web.yml"));
  expect(basic_auth_users).toEqual({ node: "@@metricsPasswordHash@@" });
  const { services: planned } = JSON.parse(fileOf(bundle, "plan.json"));
  expect(planned.at(-1)).toMatchObject({ kind: "node-exporter", image: expect.stringContaining("node-exporter:v") });
});

test("nginx serves only the metrics of LiveKit and of the node on the metrics port, over TLS at separate paths", () => {
  const text = fileOf(bundle, "stack/nginx/nginx.conf");
  const server = text.slice(text.indexOf("listen unix:/tmp/metrics.sock ssl;"));
  const paths = [...server.matchAll(/location (= )?(\S+) \{ (.*?); \}/g)].map(([, , path, does]) => [path, does]);
  expect(paths).toEqual([
    ["/livekit", `proxy_pass http://127.0.0.1:${internalPorts.livekitMetrics}/metrics`],
    ["/node", `proxy_pass http://127.0.0.1:${monitoringPorts.nodeExporter}/metrics`],
    ["/", "return 404"],
  ]);
  expect(server).toMatch(/ssl_protocols TLSv1\.2 TLSv1\.3;/);
  expect(fileOf(plain, "stack/nginx/nginx.conf")).not.toContain(String(monitoringPorts.scrape));
});

test("each service logs to its own CloudWatch stream without blocking; local logs have the same limits as without monitoring", () => {
  for (const [name, { logging }] of Object.entries<{ logging: { driver: string; options: Record<string, string> } }>(
    composeOf(bundle).services,
  )) {
    expect(logging.driver).toBe("awslogs");
    expect(logging.options).toMatchObject({
      "awslogs-region": node.region,
      "awslogs-group": `/livekit/${fleet.namePrefix}/euc1/services`,
      "awslogs-stream": `${node.name}/${name}`,
      mode: "non-blocking",
    });
    const { logging: before } = composeOf(plain).services.nginx;
    expect([logging.options["cache-max-size"], logging.options["cache-max-file"]]).toEqual([
      before.options["max-size"],
      before.options["max-file"],
    ]);
  }
});

test("a monitored node sends its metrics every minute, and its kernel reserves the ports of the metrics exporters", () => {
  expect(fileOf(bundle, "system/etc/systemd/system/livekit-watch.timer")).toMatch(/OnUnitActiveSec=1min/);
  expect(Object.keys(plain).filter((path) => path.includes("livekit-watch"))).toEqual([]);
  const reserved = /ip_local_reserved_ports = (.*)/.exec(fileOf(bundle, "system/etc/sysctl.d/60-livekit.conf"))?.[1];
  expect(reserved?.split(",")).toEqual(
    expect.arrayContaining([String(monitoringPorts.scrape), String(monitoringPorts.nodeExporter)]),
  );
});
