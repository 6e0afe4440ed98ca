import { stringify } from "yaml";
import { type Fleet, type FleetNode, nodeJob } from "../../model/fleet";
import { monitoringPorts } from "../../model/ports";
import { configFolder } from "../../model/service";
import { metricsUser } from "../livekit";

/** Who looks at Prometheus and Grafana. */
export const monitoringUser = "admin";

/** What Prometheus shows of itself to who scrapes: the file of the password that LiveKit and the exporters ask for. */
export const metricsPasswordFile = "metrics-password";

/** Seconds between two readings: the shortest of the calls that a smoke test makes still shows. */
export const scrapeSeconds = 5;
/** A certificate and a way in change less often, and each look is a TLS handshake. */
const probeSeconds = 15;

/** Renders prometheus.yml: who is asked, how often, by which rules. */
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

/** @param instance how graphs and alerts call it */
function target(node: FleetNode, name: string, port: number, instance: string) {
  return { targets: [`${hostOf(node, name)}:${port}`], labels: { instance } };
}

/** The exporter is asked about another server, whose address goes to it as a parameter. */
function probe(node: FleetNode, module: "https" | "tls", instance: string, asked: string) {
  return {
    job_name: `probe-${instance}`,
    scrape_interval: `${probeSeconds}s`,
    metrics_path: "/probe",
    params: { module: [module], target: [asked] },
    ...credentials,
    static_configs: [target(node, "blackbox-exporter", monitoringPorts.blackboxExporter, instance)],
  };
}

/** Renders the blackbox exporter's configuration: what it asks of who is probed. */
export function renderBlackbox({ apiName }: FleetNode): string {
  // Whether a certificate is to be trusted is for clients to say; here counts how long it lasts.
  const tls_config = { insecure_skip_verify: true, server_name: apiName };
  return stringify({
    modules: {
      https: { prober: "http", http: { preferred_ip_protocol: "ip4", fail_if_not_ssl: true, tls_config } },
      tls: { prober: "tcp", tcp: { preferred_ip_protocol: "ip4", tls: true, tls_config } },
    },
  });
}

/**
 * Renders the web configuration by which Prometheus and its exporters ask for a password.
 * @param hash bcrypt's of the password
 */
export function renderWeb(user: string, hash: string): string {
  return stringify({ basic_auth_users: { [user]: hash } });
}

/** Where a service of the node is found by another one. */
export function hostOf({ network }: FleetNode, name: string): string {
  return network === "host" ? "127.0.0.1" : name;
}
