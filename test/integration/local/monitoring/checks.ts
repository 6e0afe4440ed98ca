import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import Dockerode from "dockerode";
import { turnCredentials } from "../../../../model/credentials";
import { internalPorts, monitoringPorts } from "../../../../model/ports/internal";
import { alerts, expression } from "../../../../templates/monitoring/alerts";
import { dashboards, renderDashboard } from "../../../../templates/monitoring/dashboards";
import { eventually } from "../../../support/eventually";
import { processes } from "../../../support/processes";
import { basic, Prometheus } from "../../../support/prometheus";
import { overTcp, PeeringClient } from "../../../support/turn";
import type { TestContext } from "../../stack/controls/context";
import { ruleTests } from "./cases";

const docker = new Dockerode();
/** Time limit for new values: two scrapes of the slowest targets on a busy machine. */
const readMs = 45_000;

/** Tests that Prometheus has metrics of a stack's calls and reports failures, but only to clients with the password. */
export function monitoringChecks(context: () => TestContext): void {
  const password = () => context().stack.values(".env")["MONITORING_PASSWORD"] ?? "";
  const prometheus = () => new Prometheus(password());
  const container = (name: string) => docker.getContainer(`${context().stack.namePrefix}-${name}`);
  const rules = () => alerts(context().fleet, context().node);

  const hasData = (expr: string) =>
    eventually(async () => {
      const values = (await prometheus().query(expr)).map(({ value }) => value);
      if (values.length === 0 || !values.every(Number.isFinite))
        throw new Error(`${expr} returned ${values.join() || "no data"}`);
    }, readMs);

  // `rate()` needs samples after a counter's first sample, which may come after all calls of `npm start`. So the smoke
  // test makes more calls.
  beforeAll(async () => {
    await eventually(async () => {
      const samples = await prometheus().query("livekit_packet_loss_percent_count");
      expect(new Set(samples.map(({ metric }) => metric["direction"])).size).toBe(2);
    }, readMs);
    expect(await context().stack.command("smoke")).toMatchObject({ exitCode: 0 });
  });

  test("every scrape target answers", async () => {
    await eventually(async () => {
      const targets = await prometheus().targets();
      const down = targets.filter(({ health }) => health !== "up");
      expect(down.map(({ labels, lastError }) => [labels, lastError])).toEqual([]);
      expect(targets.map(({ labels }) => labels["instance"]).sort()).toEqual(["coturn", "livekit", "local", "nginx"]);
    }, readMs);
  });

  test("every dashboard graph has data after a call, and the data includes the call", async () => {
    for (const dashboard of dashboards(context().node)) {
      const { panels } = JSON.parse(renderDashboard(dashboard)) as { panels: { targets: { expr: string }[] }[] };
      for (const { expr } of panels.flatMap(({ targets }) => targets)) await hasData(expr);
    }
    // Counters also include participants who left between two scrapes.
    await eventually(async () => {
      const [joined] = await prometheus().query('sum(livekit_participant_join_total{state="rtc_active"})');
      expect(joined?.value).toBeGreaterThanOrEqual(2);
      const [bytes] = await prometheus().query("sum(livekit_packet_bytes)");
      expect(bytes?.value).toBeGreaterThan(100_000);
    }, readMs);
  });

  test("every alert rule has data, and Prometheus evaluates the rule without an error", async () => {
    for (const { value } of rules()) await hasData(value);
    const evaluated = await prometheus().rules();
    expect(evaluated.map(({ name, health }) => [name, health])).toEqual(rules().map(({ name }) => [name, "ok"]));
    // On a busy machine, alerts about load may fire. Alerts about a stopped service must not fire.
    const down = evaluated.filter(({ name }) => /Down$|Ends$/.test(name)).map(({ name, state }) => [name, state]);
    expect(down.filter(([, state]) => state !== "inactive")).toEqual([]);
  });

  test("Prometheus counts a relay allocation while the allocation exists", async () => {
    const { turn } = context().fleet.ports;
    const secret = context().stack.values(".env")["TURN_SECRET"] ?? "";
    const wire = await overTcp(context().node.publicAddress, turn.first);
    const client = new PeeringClient(wire, turnCredentials("tester", secret, 60));
    const counted = async () => (await prometheus().query("turn_allocations"))[0]?.value;
    await client.allocate();
    await eventually(async () => expect(await counted()).toBe(1), readMs);
    client.close();
    await eventually(async () => expect(await counted()).toBe(0), readMs);
  });

  test("monitoring ports reject connections from outside, and answer 401 on loopback without the password", async () => {
    const { nodeExporter, blackboxExporter, prometheus: own, grafana } = monitoringPorts;
    const { livekitMetrics } = internalPorts;
    for (const port of [livekitMetrics, nodeExporter, blackboxExporter, own, grafana]) {
      await expect(once(connect(port, context().node.publicAddress), "connect")).rejects.toThrow("ECONNREFUSED");
    }
    for (const port of [livekitMetrics, nodeExporter, blackboxExporter, own]) {
      for (const path of ["/", "/metrics"]) {
        const url = `http://127.0.0.1:${port}${path}`;
        expect([url, (await fetch(url)).status]).toEqual([url, 401]);
        const guessed = await fetch(url, { headers: { authorization: basic("admin", "guessed") } });
        expect([url, guessed.status]).toEqual([url, 401]);
      }
    }
  });

  test("the monitoring password is in no command line, container label or container log", async () => {
    const containers = (await context().stack.containers()).map(({ Id }) => docker.getContainer(Id));
    const logs = await Promise.all(containers.map((each) => each.logs({ stdout: true, stderr: true })));
    const places = [
      JSON.stringify(await Promise.all(containers.map((each) => each.inspect()))),
      logs.join("\n"),
      processes()
        .map(({ args }) => args)
        .join("\n"),
    ];
    expect(password()).toMatch(/^[0-9a-f]{64}$/);
    expect(places.map((place) => place.includes(password()))).toEqual([false, false, false]);
  });

  test("promtool accepts the Prometheus files, and each alert is silent until its cause occurs", async () => {
    const run = async (...command: string[]) => {
      const exec = await container("prometheus").exec({ Cmd: command, Tty: true, AttachStdout: true });
      const said = await text(await exec.start({ Tty: true }));
      return { said, exitCode: (await exec.inspect()).ExitCode };
    };
    const checked = await run("promtool", "check", "config", "--lint-fatal", "/config/prometheus.yml");
    expect(checked).toMatchObject({ exitCode: 0 });
    const tests = ruleTests(rules(), "/config/rules.yml");
    const script = 'printf %s "$1" > /tmp/tests.yml && promtool test rules /tmp/tests.yml';
    expect(await run("sh", "-c", script, "sh", tests)).toMatchObject({ exitCode: 0 });
    // The running Prometheus can also evaluate each rule's expression.
    const queries = await Promise.all(rules().map((rule) => prometheus().query(expression(rule))));
    expect(queries).toHaveLength(rules().length);
  });

  test("an alert fires while LiveKit is stopped and ends when LiveKit serves again", async () => {
    const firing = async () =>
      (await prometheus().rules()).filter(({ state }) => state === "firing").map(({ name }) => name);
    await container("livekit").stop();
    try {
      await eventually(async () => expect(await firing()).toContain("LiveKitDown"), 90_000);
    } finally {
      await container("livekit").start();
    }
    await eventually(async () => expect(await firing()).not.toContain("LiveKitDown"), 60_000);
  });
}
