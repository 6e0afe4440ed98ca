import { stringify } from "yaml";
import type { AwsPlan } from "../../model/aws/plan";
import { awsFleet } from "../../model/aws/plan";
import { scrapeTargets } from "../../model/outputs";
import { metricsUser } from "../livekit";
import { renderRules } from "./alerts";
import { dashboards, renderDashboard } from "./dashboards";
import { metricsPasswordFile } from "./prometheus";

/**
 * Scrape interval in seconds. Longer than on a local stack, because scrapes cross the internet and no smoke test waits
 * for the graphs.
 */
const scrapeSeconds = 15;

/**
 * Renders the files that an external Prometheus and Grafana need to monitor the stack on AWS, by path. They contain the
 * password for the nodes' metrics.
 */
export function renderWatching(plan: AwsPlan, metricsPassword: string): Readonly<Record<string, string>> {
  const fleet = awsFleet(plan);
  const [node] = fleet.nodes;
  return {
    "prometheus.yml": renderScraping(plan),
    "targets.json": `${JSON.stringify(scrapeTargets(plan), null, 2)}\n`,
    "rules.yml": renderRules(fleet, node),
    [metricsPasswordFile]: metricsPassword,
    ...Object.fromEntries(dashboards(node).map((each) => [`dashboards/${each.uid}.json`, renderDashboard(each)])),
  };
}

/** Renders prometheus.yml. Its paths are file names, because Prometheus resolves them relative to this file. */
function renderScraping({ apiName }: AwsPlan): string {
  return stringify({
    global: { scrape_interval: `${scrapeSeconds}s`, evaluation_interval: `${scrapeSeconds}s` },
    rule_files: ["rules.yml"],
    scrape_configs: [
      {
        job_name: "livekit",
        scheme: "https",
        file_sd_configs: [{ files: ["targets.json"] }],
        basic_auth: { username: metricsUser, password_file: metricsPasswordFile },
        // Verifies certificates for the domain's name: targets are IP addresses, and every node's certificate is for
        // the domain.
        tls_config: { server_name: apiName },
      },
    ],
  });
}
