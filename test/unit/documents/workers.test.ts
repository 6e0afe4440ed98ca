import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { awsFleet, planAws } from "../../../model/aws/plan";
import { planLocalFleet } from "../../../model/fleet";
import { localOutputs } from "../../../model/outputs";
import { redisRow } from "../../../model/ports/internal";
import { portNames } from "../../../model/ports/table";
import { envNames } from "../../../model/settings/secrets";
import { renderLivekit } from "../../../templates/livekit";
import { configured } from "../../support/configured";
import { commandsOf, fenced, project, pulumiArguments } from "../../support/documents";
import { awsExamples } from "../../support/examples";
import { configure, configureAws, fleetValues, testHost, testRegion, testSecrets } from "../../support/settings";

const text = readFileSync(join(project, "docs/workers.md"), "utf8");
const [local = "", onAws = ""] = fenced(text, "yaml");

const { settings, secrets } = configure();
const fleet = planLocalFleet(settings, testHost);

test("the local Egress example has the local stack's API address, keys and Redis", () => {
  const env = Object.fromEntries(Object.entries(envNames).map(([key, name]) => [name, testSecrets[key] ?? ""]));
  const whole = local.replaceAll(/\$\{(\w+)(:\?[^}]*)?\}/g, (_, name: string) => env[name] ?? "v1");
  const { egress } = parse(whole).services;
  expect(egress.network_mode).toBe("host");
  expect(parse(egress.environment.EGRESS_CONFIG_BODY)).toEqual({
    ws_url: localOutputs(fleet, secrets).url,
    // LiveKit's documentation requires `insecure` for an address that is not wss://.
    insecure: true,
    api_key: testSecrets["apiKey"],
    api_secret: testSecrets["apiSecret"],
    redis: { address: `localhost:${redisRow(settings).first}`, password: testSecrets["redisPassword"] },
  });
});

test("the worker example for AWS has the same API address and Redis as the nodes", () => {
  const { settings, secrets } = configureAws(awsExamples["fleet"]);
  const plan = planAws(settings);
  const fleet = awsFleet(plan, undefined, "REDIS_ADDRESS:6379");
  const [node] = fleet.nodes;
  const livekit = parse(renderLivekit(fleet, node, node.servers[0], secrets, "/turn-secret"));
  const worker = parse(onAws);
  expect(worker.ws_url).toBe(`wss://${plan.apiName}`);
  expect(worker.redis).toEqual({ ...livekit.redis, password: "REDIS_PASSWORD" });
});

test("the aws command of the workers' guide names the ElastiCache replication group that the stack creates", () => {
  const golden = JSON.parse(readFileSync(join(project, "test/golden/fleet.json"), "utf8")) as {
    inputs: { replicationGroupId?: string };
  }[];
  const ids = golden.flatMap(({ inputs }) => inputs.replicationGroupId ?? []);
  expect(text).toContain(`--replication-group-id ${ids[0]} `);
});

test("the settings in the workers' guide add the base URLs of Ingress to livekit.yaml", () => {
  const sets = fenced(text, "bash")
    .flatMap(commandsOf)
    .flatMap((command) => [pulumiArguments(command) ?? []])
    .filter((args) => args.some((arg) => arg.includes("ingress")));
  const values = sets.map(([, ...args]) => args).reduce(configured, {});
  const { settings, secrets } = configure(values);
  const fleet = planLocalFleet(settings, testHost);
  const livekit = parse(renderLivekit(fleet, fleet.nodes[0], fleet.nodes[0].servers[0], secrets, "/turn-secret"));
  expect(livekit.ingress).toEqual({
    rtmp_base_url: "rtmp://ingress.example.com/x",
    whip_base_url: "https://ingress.example.com/w",
  });
});

test("no port of a worker is in the stack's port table", () => {
  const own = portNames.flatMap((name) => [fleet.ports[name].first, fleet.ports[name].last]);
  for (const port of [1935, 8080, 8081, 5060]) expect(own).not.toContain(port);
});

test("no region of up to three zones uses the subnet that the guide reserves for workers", () => {
  const zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"];
  const regions = JSON.stringify([{ ...testRegion, nodes: 2, zones }]);
  const [region] = planAws(configureAws({ ...fleetValues, regions }).settings).regions;
  const used = [...region.subnets, ...region.sharedSubnets].map(({ cidr }) => cidr);
  expect(used).toHaveLength(6);
  expect(text).toContain("`10.0.224.0/19`");
  expect(used).not.toContain("10.0.224.0/19");
});
