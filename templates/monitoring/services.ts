import type { Fleet, FleetNode } from "../../model/fleet";
import type { ServiceKind } from "../../model/images";
import { passwordHash } from "../../model/password-hash";
import { monitoringPorts } from "../../model/ports/internal";
import { configFolder, dataVolumes, type ServiceSpec } from "../../model/service";
import { metricsUser } from "../livekit";
import { file, quickStopSeconds, shell } from "../parts";
import { renderRules } from "./alerts";
import { dashboards, renderDashboard } from "./dashboards";
import { passwordFile, renderDashboardProvider, renderDataSource, renderGrafana } from "./grafana";
import { metricsPasswordFile, monitoringUser, renderBlackbox, renderPrometheus, renderWeb } from "./prometheus";
import { allocationsFolder, renderAllocations } from "./turn-allocations";

/** Plans the containers that monitor a node; none if the stack is not monitored. */
export function monitoring(fleet: Fleet, node: FleetNode): ServiceSpec[] {
  if (node.scrapePort !== undefined) return [nodeExporter(fleet, node)];
  if (node.monitoring === undefined) return [];
  return [
    nodeExporter(fleet, node),
    blackboxExporter(node),
    prometheus(fleet, node),
    ...(node.monitoring.grafana ? [grafana(node)] : []),
  ];
}

const nobody = "65534:0";

/** How long Prometheus keeps samples, and how much disk they may use. */
const retention = { time: "15d", size: "1GB" } as const;

function prometheus(fleet: Fleet, node: FleetNode): ServiceSpec {
  const port = monitoringPorts.prometheus;
  return {
    ...container(node, "prometheus", port),
    entrypoint: ["prometheus"],
    command: [
      `--config.file=${configFolder}/prometheus.yml`,
      `--web.config.file=${configFolder}/web.yml`,
      `--web.listen-address=${listenAddress(node)}:${port}`,
      "--storage.tsdb.path=/prometheus",
      `--storage.tsdb.retention.time=${retention.time}`,
      `--storage.tsdb.retention.size=${retention.size}`,
    ],
    publications: published(node, port),
    files: [
      file("prometheus.yml", () => renderPrometheus(fleet, node)),
      file("rules.yml", () => renderRules(fleet, node)),
      file("web.yml", ({ secrets }) => renderWeb(monitoringUser, passwordHash(secrets.monitoringPassword))),
      file(metricsPasswordFile, ({ secrets }) => secrets.metricsPassword),
    ],
    data: { volume: dataVolumes.prometheus, path: "/prometheus" },
    memoryMegabytes: 512,
  };
}

/**
 * The node exporter's collectors that graphs and alerts use. Other collectors report disks and devices, which are not
 * visible in a container.
 */
const collectors = ["cpu", "loadavg", "meminfo", "netstat", "textfile"] as const;

function nodeExporter(fleet: Fleet, node: FleetNode): ServiceSpec {
  const port = monitoringPorts.nodeExporter;
  const program = [
    "node_exporter",
    "--collector.disable-defaults",
    ...collectors.map((name) => `--collector.${name}`),
    `--collector.textfile.directory=${allocationsFolder}`,
    `--web.config.file=${configFolder}/web.yml`,
    `--web.listen-address=${listenAddress(node)}:${port}`,
  ].join(" ");
  return {
    ...container(node, "node-exporter", port),
    entrypoint: ["sh", "-c"],
    // The allocation script runs only on the host network: a bridged relay's sockets are in another network namespace.
    command: [node.network === "host" ? `sh ${configFolder}/turn-allocations.sh & exec ${program}` : `exec ${program}`],
    files: [
      file("web.yml", ({ secrets }) => renderWeb(metricsUser, secrets.metricsPasswordHash)),
      ...(node.network === "host" ? [file("turn-allocations.sh", () => renderAllocations(fleet.ports.relay))] : []),
    ],
    memoryMegabytes: 64,
  };
}

function blackboxExporter(node: FleetNode): ServiceSpec {
  const port = monitoringPorts.blackboxExporter;
  return {
    ...container(node, "blackbox-exporter", port),
    entrypoint: ["blackbox_exporter"],
    command: [
      `--config.file=${configFolder}/blackbox.yml`,
      `--web.config.file=${configFolder}/web.yml`,
      `--web.listen-address=${listenAddress(node)}:${port}`,
    ],
    files: [
      file("blackbox.yml", () => renderBlackbox(node)),
      file("web.yml", ({ secrets }) => renderWeb(metricsUser, secrets.metricsPasswordHash)),
    ],
    memoryMegabytes: 64,
  };
}

function grafana(node: FleetNode): ServiceSpec {
  const port = monitoringPorts.grafana;
  return {
    ...container(node, "grafana", port),
    entrypoint: ["grafana"],
    command: ["server", "--homepath", "/usr/share/grafana", "--config", `${configFolder}/grafana.ini`],
    user: "472:0",
    publications: published(node, port),
    files: [
      file("grafana.ini", () => renderGrafana(listenAddress(node))),
      file(passwordFile, ({ secrets }) => secrets.monitoringPassword),
      file("datasources/prometheus.yml", ({ secrets }) => renderDataSource(node, secrets.monitoringPassword)),
      file("dashboards/livekit.yml", renderDashboardProvider),
      ...dashboards(node).map((each) => file(`dashboards/${each.uid}.json`, () => renderDashboard(each))),
    ],
    healthCommand: ["wget", "-q", "-O", "/dev/null", `http://127.0.0.1:${port}/api/health`],
    memoryMegabytes: 512,
  };
}

/** Returns the properties that all monitoring containers share. Each container requires a password. */
function container(node: FleetNode, kind: ServiceKind, port: number) {
  return {
    name: kind,
    kind,
    aliases: [kind],
    user: nobody,
    network: node.network,
    publications: [],
    hosts: [],
    capabilities: [],
    // The health check sends no password, which would be visible as an argument. A 401 proves that the service runs.
    healthCommand: shell(`wget -q -O /dev/null http://127.0.0.1:${port}/ 2>&1 | grep -q 401`),
    stopGraceSeconds: quickStopSeconds,
  } as const;
}

/** Returns the listen address: loopback on the host network, all addresses on a bridge for the other containers. */
function listenAddress({ network }: FleetNode): string {
  return network === "host" ? "127.0.0.1" : "0.0.0.0";
}

/** Returns the published port through which browsers on this machine reach the service. */
function published({ network }: FleetNode, port: number): ServiceSpec["publications"] {
  return network === "host" ? [] : [{ port, protocol: "tcp", address: "127.0.0.1" }];
}
