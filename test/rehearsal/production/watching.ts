import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Dockerode from "dockerode";
import { parse, stringify } from "yaml";
import { builtImageName } from "../../../images/catalog";
import { monitoredMonth } from "../../../model/aws/prices";
import { serviceLogGroup, watchedMetrics } from "../../../model/aws/watch";
import { scrapePaths } from "../../../model/fleet";
import { monitoringPorts } from "../../../model/ports/internal";
import { toSecrets } from "../../../model/settings/secrets";
import { run } from "../../../packages/aws-simulator/network/containers";
import { removeContainer } from "../../../packages/provider-kit/remove-container";
import { buildImage } from "../../../scripts/toolchain/image-build";
import { metricsNamespace } from "../../../templates/node/bundle";
import { eventually } from "../../support/eventually";
import { testMachine } from "../../support/machine";
import type { Rehearsed } from "../../support/rehearsed";

const node = "euc1-1";
const mounted = "/watching";

/**
 * Tests of what `livekit:monitoring` adds: logs outside the node, the node's own metrics, and metrics for an external
 * Prometheus.
 */
export function watching(context: () => Rehearsed): void {
  let folder: string;
  let prometheus: Dockerode.Container | undefined;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "livekit-watching-"));
  });
  afterAll(async () => {
    if (prometheus) await removeContainer(prometheus);
    rmSync(folder, { recursive: true });
  });

  const group = () => serviceLogGroup(context().rehearsal.plan.namePrefix, "euc1");
  const logged = (...filter: readonly string[]) =>
    context().aws<string[]>(
      ...["logs", "filter-log-events", "--log-group-name", group(), ...filter, "--query", "events[].message"],
    );
  const secrets = async () => {
    const { apiKey = "", apiSecret = "", turnSecret = "" } = await context().outputs();
    const { metricsPassword, metricsPasswordHash } = toSecrets({ apiKey, apiSecret, turnSecret });
    return [apiSecret, turnSecret, metricsPassword, metricsPasswordHash, "access_token="];
  };
  const promtool = async (expr: string) => {
    const query = ["promtool", "query", "instant", "--format=json", `http://127.0.0.1:${monitoringPorts.prometheus}`];
    if (prometheus === undefined) throw new Error("Prometheus has not been started");
    const answer = JSON.parse(await run(prometheus, [...query, expr])) as { value: [number, string] }[];
    return answer.map(({ value: [, value] }) => Number(value));
  };
  const hasData = (expr: string) =>
    eventually(async () => {
      const values = await promtool(expr);
      if (values.length === 0 || !values.every(Number.isFinite)) throw new Error(`${expr} returned ${values.join()}`);
    });

  test("the preview shows the impact of livekit:monitoring on calls, ports and costs, and every path still carries media", async () => {
    // Disables monitoring first, because the example stack enables it.
    await context().set("monitoring", "false");
    await context().up();
    await context().set("monitoring", "true");
    const { exitCode, stdout } = await context().operator("preview", "--json");
    const [{ impact }] = JSON.parse(stdout);
    const { headlines, ports, size } = impact;
    const opens = expect.stringMatching(/^Opens to 10\.0\.0\.0\/16: 19443\/tcp/);
    const risks = expect.stringMatching(/^Calls at risk on euc1-1: LiveKit drains/);
    expect([exitCode, headlines]).toEqual([0, expect.arrayContaining([opens, risks])]);
    expect(ports.opened).toEqual([expect.objectContaining({ first: monitoringPorts.scrape, source: "10.0.0.0/16" })]);
    expect(size.after.bill.month - size.before.bill.month).toBeCloseTo(monitoredMonth, 6);
    await context().up();
    expect(await context().up()).toEqual([]);
    expect(await context().outside("smoke")).toMatchObject({ exitCode: 0 });
  });

  test("`npm run nodes -- --logs` prints the end of a service's log, and leaves no copy in the bucket that transfers the log", async () => {
    const { exitCode, stdout } = await context().operator("nodes", "--logs", "livekit", "--lines", "2000");
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("participant active")]);
    for (const secret of await secrets()) expect(stdout).not.toContain(secret);
    const { bucket } = await context().outputs();
    const kept = ["s3api", "list-objects-v2", "--bucket", bucket ?? "", "--prefix", `logs/${node}`];
    expect(await context().aws(...kept, "--query", "length(Contents || `[]`)")).toBe(0);
    expect(await context().operator("nodes")).toMatchObject({ exitCode: 0 });
    expect(await context().up()).toEqual([]);
  });

  test("every service's log is in CloudWatch without a token or secret, and still on the node", async () => {
    const streams = ["logs", "describe-log-streams", "--log-group-name", group(), "--query"];
    const services = ["coturn", "livekit", "livekit-redis", "nginx", "node-exporter"];
    await eventually(async () => {
      const names = await context().aws<string[]>(...streams, "logStreams[].logStreamName");
      expect(names.sort()).toEqual(services.map((service) => `${node}/${service}`));
    });
    const livekit = ["--log-stream-names", `${node}/livekit`];
    await eventually(async () => expect((await logged(...livekit)).join("\n")).toMatch(/participant active/));
    const all = (await logged()).join("\n");
    for (const secret of await secrets()) expect(all).not.toContain(secret);
    const machine = await context().machine();
    const here = await machine.run(["sh", "-c", `docker logs ${context().rehearsal.plan.namePrefix}-livekit 2>&1`]);
    expect(here).toMatch(/participant active/);
  });

  test("the node reports the number of its failing services, its memory use and its disk use", async () => {
    const { namePrefix } = context().rehearsal.plan;
    const machine = await context().machine();
    const datapoint = async (name: string, statistic: "Minimum" | "Maximum") => {
      const end = new Date(Date.now() + 60_000).toISOString();
      const start = new Date(Date.now() - 600_000).toISOString();
      const period = ["--start-time", start, "--end-time", end, "--period", "3600", "--statistics", statistic];
      const which = ["--namespace", metricsNamespace(namePrefix), "--dimensions", `Name=Node,Value=${node}`];
      const query = ["cloudwatch", "get-metric-statistics", ...which, "--metric-name", name, ...period];
      return Math.max(...(await context().aws<number[]>(...query, "--query", `Datapoints[].${statistic}`)));
    };
    // The metrics exist already: the node sends them before it reports healthy, and the alarms are created after that.
    expect(await datapoint(watchedMetrics.services, "Minimum")).toBe(0);
    for (const name of [watchedMetrics.memory, watchedMetrics.disk]) {
      expect(await datapoint(name, "Minimum")).toBeGreaterThan(0);
      expect(await datapoint(name, "Maximum")).toBeLessThan(100);
    }
    try {
      await machine.run(["docker", "stop", "--time", "1", `${namePrefix}-node-exporter`]);
      await eventually(async () => {
        await machine.run(["systemctl", "start", "livekit-watch.service"]);
        expect(await datapoint(watchedMetrics.services, "Maximum")).toBe(1);
      });
    } finally {
      await machine.run(["docker", "start", `${namePrefix}-node-exporter`]);
    }
    const health = ["docker", "inspect", "--format", "{{.State.Health.Status}}", `${namePrefix}-node-exporter`];
    await eventually(async () => expect((await machine.run(health)).trim()).toBe("healthy"));
  });

  test("the node serves metrics on its private address only with the password, and not outside the VPC", async () => {
    const machine = await context().machine();
    const { privateAddress } = machine.record;
    const query = (path: string, ...more: string[]) => {
      const url = `https://${privateAddress}:${monitoringPorts.scrape}${path}`;
      return machine.run(["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", ...more, url]);
    };
    for (const path of Object.values(scrapePaths)) {
      expect([path, await query(path), await query(path, "-u", "node:guessed")]).toEqual([path, "401", "401"]);
    }
    expect(await query("/")).toBe("404");
    const { apiName } = context().rehearsal.plan;
    const outside = `timeout 3 bash -c '</dev/tcp/${apiName}/${monitoringPorts.scrape}'`;
    expect(await context().outsideShell(outside)).toMatchObject({ exitCode: 124 });
  });

  test("an external Prometheus accepts the rendered files, and every graph and alert has data", async () => {
    const rendered = join(folder, "prometheus");
    expect(await context().operator("render", "--out", rendered)).toMatchObject({ exitCode: 0 });
    trustCa(rendered, context().rehearsal.workspace.rootFile);
    const call = await context().holdCall("udp");
    prometheus = await startPrometheus(rendered);
    const rules = parse(readFileSync(join(rendered, "rules.yml"), "utf8")).groups[0].rules as { expr: string }[];
    await run(prometheus, ["promtool", "check", "config", "--lint-fatal", `${mounted}/prometheus.yml`]);
    await eventually(async () => expect(await promtool("sum(up)")).toEqual([2]));
    for (const name of ["livekit-calls", "livekit-node"]) {
      const { panels } = JSON.parse(readFileSync(join(rendered, `dashboards/${name}.json`), "utf8")) as {
        panels: { targets: { expr: string }[] }[];
      };
      for (const { expr } of panels.flatMap(({ targets }) => targets)) await hasData(expr);
    }
    // Without its threshold an alert's expression has a value on a healthy node too.
    for (const { expr } of rules) await hasData(expr.replace(/ [<>] \d+$/, ""));
    const [bytes] = await promtool("sum(livekit_packet_bytes)");
    expect(bytes).toBeGreaterThan(100_000);
    expect(await call.end()).toMatchObject({ interruptions: 0 });
  });

  /** Makes Prometheus trust the simulated CA that issued the certificate. */
  function trustCa(rendered: string, rootFile: string): void {
    const path = join(rendered, "prometheus.yml");
    const document = parse(readFileSync(path, "utf8"));
    document.scrape_configs[0].tls_config.ca_file = "root.pem";
    writeFileSync(path, stringify(document));
    writeFileSync(join(rendered, "root.pem"), readFileSync(rootFile));
  }

  /** Runs in the node's own network, because only the private address serves metrics in this account. */
  async function startPrometheus(rendered: string): Promise<Dockerode.Container> {
    const { containerName } = await context().machine();
    await buildImage("prometheus", context().docker, () => undefined, testMachine);
    mkdirSync(join(folder, "data"));
    const container = await context().docker.createContainer({
      Image: builtImageName("prometheus"),
      Entrypoint: ["prometheus"],
      Cmd: [
        `--config.file=${mounted}/prometheus.yml`,
        "--storage.tsdb.path=/data",
        `--web.listen-address=127.0.0.1:${monitoringPorts.prometheus}`,
      ],
      User: "0:0",
      HostConfig: {
        NetworkMode: `container:${containerName}`,
        Binds: [`${rendered}:${mounted}:ro`, `${join(folder, "data")}:/data`],
      },
    });
    await container.start();
    return container;
  }
}
