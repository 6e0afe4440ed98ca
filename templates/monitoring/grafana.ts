import { stringify } from "yaml";
import type { FleetNode } from "../../model/fleet";
import { monitoringPorts } from "../../model/ports";
import { configFolder } from "../../model/service";
import { lines } from "../emit";
import { dataSource } from "./dashboards";
import { hostOf, monitoringUser, scrapeSeconds } from "./prometheus";

/** The file of the password to come in with. */
export const passwordFile = "password";

/**
 * Renders grafana.ini. Everything that it shows is provisioned, so that what it keeps may go with the container; a database
 * that outlived it would keep a password of before, too.
 * @param address where it listens
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
        // Grafana takes `$` for the start of a variable's name.
        secureJsonData: { basicAuthPassword: password.replaceAll("$", () => "$$") },
        jsonData: { timeInterval: `${scrapeSeconds}s` },
      },
    ],
  });
}

/** Renders where Grafana finds the provisioned dashboards. */
export function renderDashboardProvider(): string {
  return stringify({
    apiVersion: 1,
    providers: [{ name: "livekit", type: "file", options: { path: `${configFolder}/dashboards` } }],
  });
}
