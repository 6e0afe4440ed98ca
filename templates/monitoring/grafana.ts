import { stringify } from "yaml";
import type { FleetNode } from "../../model/fleet";
import { monitoringPorts } from "../../model/ports/internal";
import { configFolder } from "../../model/service";
import { lines } from "../emit";
import { dataSource } from "./dashboards";
import { hostOf, monitoringUser, scrapeSeconds } from "./prometheus";

/** File with the login password. */
export const passwordFile = "password";

/**
 * Renders grafana.ini. All content is provisioned, so Grafana's database is deleted with the container. A database that
 * outlives the container would keep an old password.
 * @param address listen address
 */
export function renderGrafana(address: string): string {
  return lines(
    "[server]",
    `http_addr = ${address}`,
    `http_port = ${monitoringPorts.grafana}`,
    "[paths]",
    "data = /tmp/grafana",
    "plugins = /tmp/grafana/plugins",
    `provisioning = ${configFolder}`,
    "[security]",
    `admin_user = ${monitoringUser}`,
    `admin_password = $__file{${configFolder}/${passwordFile}}`,
    "disable_gravatar = true",
    "[users]",
    "allow_sign_up = false",
    "[analytics]",
    "reporting_enabled = false",
    "check_for_updates = false",
    "check_for_plugin_updates = false",
    "[plugins]",
    "preinstall_disabled = true",
    "[log]",
    "mode = console",
  );
}

/** Renders the provisioned data source: the node's Prometheus. */
export function renderDataSource(node: FleetNode, password: string): string {
  return stringify({
    apiVersion: 1,
    datasources: [
      {
        ...dataSource,
        name: "Prometheus",
        access: "proxy",
        url: `http://${hostOf(node, "prometheus")}:${monitoringPorts.prometheus}`,
        isDefault: true,
        basicAuth: true,
        basicAuthUser: monitoringUser,
        // Escapes `$`, which Grafana expands as the start of a variable's name.
        secureJsonData: { basicAuthPassword: password.replaceAll("$", () => "$$") },
        jsonData: { timeInterval: `${scrapeSeconds}s` },
      },
    ],
  });
}

/** Renders the provider that loads the dashboards from their folder. */
export function renderDashboardProvider(): string {
  return stringify({
    apiVersion: 1,
    providers: [{ name: "livekit", type: "file", options: { path: `${configFolder}/dashboards` } }],
  });
}
