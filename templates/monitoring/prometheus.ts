import { stringify } from "yaml";
import { type Fleet, type FleetNode, nodeJob } from "../../model/fleet";
import { monitoringPorts } from "../../model/ports/internal";
import { configFolder } from "../../model/service";
import { metricsUser } from "../livekit";

/** Login name for Prometheus and Grafana. */
export const monitoringUser = "admin";

/** File with the password that Prometheus sends to LiveKit and the exporters. */
export const metricsPasswordFile = "metrics-password";

/** Scrape interval in seconds, short enough to show the smoke test's shortest call. */
export const scrapeSeconds = 5;
/** Probe interval in seconds. Longer, because certificates change rarely and each probe costs a TLS handshake. */
const probeSeconds = 15;

/** Renders prometheus.yml: scrape jobs, intervals and the rule file. */
export function renderPrometheus(fleet: Fleet, node: FleetNode): string {
  const document = {
    global: {
      scrape_interval: `${scrapeSeconds}s`,
      scrape_timeout: `${scrapeSeconds - 1}s`,
      evaluation_interval: `${scrapeSeconds}s`,
    },
    rule_files: [`${configFolder}/rules.yml`],
    scrape_configs: [
      { job_name: "livekit", ...credentials, static_configs: node.servers.flatMap((server) => livekit(node, server)) },
      {
        job_name: nodeJob,
        ...credentials,
        static_configs: [target(node, "node-exporter", monitoringPorts.nodeExporter, node.name)],
      },
      probe(node, "https", "nginx", `https://${hostOf(node, "nginx")}:${fleet.ports.https.first}/`),
      probe(node, "tls", "coturn", `${hostOf(node, "coturn")}:${fleet.ports.turnTls.first}`),
    ],
  };
  return stringify(document, { aliasDuplicateObjects: false });
}

const credentials = {
  basic_auth: { username: metricsUser, password_file: `${configFolder}/${metricsPasswordFile}` },
} as const;

function livekit(node: FleetNode, { name, metricsPort }: FleetNode["servers"][number]) {
  return metricsPort === undefined ? [] : [target(node, name, metricsPort, name)];
}

/** @param instance name of the target in graphs and alerts */
function target(node: FleetNode, name: string, port: number, instance: string) {
  return { targets: [`${hostOf(node, name)}:${port}`], labels: { instance } };
}

/** Returns a job that scrapes the blackbox exporter. The probed server's address is a parameter of the request. */
function probe(node: FleetNode, module: "https" | "tls", instance: string, probed: string) {
  return {
    job_name: `probe-${instance}`,
    scrape_interval: `${probeSeconds}s`,
    metrics_path: "/probe",
    params: { module: [module], target: [probed] },
    ...credentials,
    static_configs: [target(node, "blackbox-exporter", monitoringPorts.blackboxExporter, instance)],
  };
}

/** Renders the blackbox exporter's configuration: its probe modules. */
export function renderBlackbox({ apiName }: FleetNode): string {
  // Accepts any certificate: the probe only reads its expiry time. Clients verify the certificate.
  const tls_config = { insecure_skip_verify: true, server_name: apiName };
  return stringify({
    modules: {
      https: { prober: "http", http: { preferred_ip_protocol: "ip4", fail_if_not_ssl: true, tls_config } },
      tls: { prober: "tcp", tcp: { preferred_ip_protocol: "ip4", tls: true, tls_config } },
    },
  });
}

/**
 * Renders the web configuration with which Prometheus and its exporters require a password.
 * @param hash bcrypt hash of the password
 */
export function renderWeb(user: string, hash: string): string {
  return stringify({ basic_auth_users: { [user]: hash } });
}

/** Returns the host name or address at which other services of the node reach a service. */
export function hostOf({ network }: FleetNode, name: string): string {
  return network === "host" ? "127.0.0.1" : name;
}
