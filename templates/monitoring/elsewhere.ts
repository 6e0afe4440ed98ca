import { stringify } from "yaml";
import type { AwsPlan } from "../../model/aws/plan";
import { awsFleet } from "../../model/aws/plan";
import { scrapeTargets } from "../../model/outputs";
import { metricsUser } from "../livekit";
import { renderRules } from "./alerts";
import { dashboards, renderDashboard } from "./dashboards";
import { metricsPasswordFile } from "./prometheus";

/** Over the internet between regions, where nothing waits for the graphs of a smoke test. */
const scrapeSeconds = 15;

/**
 * Renders what a Prometheus and a Grafana outside of the stack need to look at it on AWS: files by their paths. Holds the
 * password of the nodes' counters.
 */
export function renderWatching(plan: AwsPlan, metricsPassword: string): Readonly<Record<string, string>> {
  const fleet = awsFleet(plan, {});
  const [node] = fleet.nodes;
  return {
    "prometheus.yml": renderScraping(plan),
    "targets.json": `${JSON.stringify(scrapeTargets(plan), null, 2)}\n`,
    "rules.yml": renderRules(fleet, node),
    [metricsPasswordFile]: metricsPassword,
    ...Object.fromEntries(dashboards(node).map((each) => [`dashboards/${each.uid}.json`, renderDashboard(each)])),
  };
}

/** Paths are the file's neighbours: Prometheus looks beside its configuration. */
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
        // Nodes are asked by their addresses; the certificate that each of them has is the domain's.
        tls_config: { server_name: apiName },
      },
    ],
  });
}
