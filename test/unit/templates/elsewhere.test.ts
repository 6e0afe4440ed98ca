import { parse } from "yaml";
import { planAws } from "../../../model/aws/plan";
import { monitoringPorts } from "../../../model/ports/internal";
import { dashboards } from "../../../templates/monitoring/dashboards";
import { renderWatching } from "../../../templates/monitoring/elsewhere";
import { configureAws, fleetValues } from "../../support/settings";

const plan = planAws(configureAws({ ...fleetValues, monitoring: "true" }).settings);
const files = renderWatching(plan, "PASSWORD");

test("an external Prometheus scrapes every node at its own address, with the domain's certificate", () => {
  const [job] = parse(files["prometheus.yml"] ?? "").scrape_configs;
  expect(job).toMatchObject({
    scheme: "https",
    basic_auth: { username: "node", password_file: "metrics-password" },
    tls_config: { server_name: "livekit.example.com" },
  });
  expect(files["metrics-password"]).toBe("PASSWORD");
  const targets = JSON.parse(files["targets.json"] ?? "") as { targets: string[]; labels: Record<string, string> }[];
  const scraped = targets.map(({ targets: [target], labels }) => [labels["instance"], labels["job"], target]);
  expect(scraped).toEqual(
    plan.nodes.flatMap(({ name, privateAddress }) =>
      ["livekit", "livekit-node"].map((job) => [name, job, `${privateAddress}:${monitoringPorts.scrape}`]),
    ),
  );
});

test("alert rules and dashboards for nodes use only scraped metrics, because nodes have no blackbox probes", () => {
  const rules = parse(files["rules.yml"] ?? "").groups[0].rules as { alert: string; expr: string }[];
  expect(rules.map(({ alert }) => alert)).toEqual(expect.arrayContaining(["LiveKitDown", "PacketLoss", "MemoryLow"]));
  const all = Object.entries(files).filter(([name]) => name !== "prometheus.yml");
  expect(all.filter(([, text]) => /probe[-_]/.test(text)).map(([name]) => name)).toEqual([]);
  const uids = dashboards({ network: "host" }).map(({ uid }) => `dashboards/${uid}.json`);
  expect(Object.keys(files)).toEqual(expect.arrayContaining(uids));
});
