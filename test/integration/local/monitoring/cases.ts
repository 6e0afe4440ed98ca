import { stringify } from "yaml";
import type { Alert } from "../../../../templates/monitoring/alerts";

/** Ten minutes of a healthy node, then ten minutes of the alert's cause, with a sample every five seconds. */
const sampleSeconds = 5;
const phaseSamples = 120;
const phaseMinutes = (phaseSamples * sampleSeconds) / 60;

const constant = (healthy: number, ailing: number) => `${healthy}x${phaseSamples} ${ailing}x${phaseSamples}`;
/** Renders a counter that grows by these amounts per sample. */
const counter = (healthy: number, ailing: number) =>
  `0+${healthy}x${phaseSamples} ${healthy * phaseSamples}+${ailing}x${phaseSamples}`;
const days = (count: number) => count * 86_400;

const local = '{job="livekit-node", instance="local"}';

/** The metrics that make each alert fire: series by name and labels. */
const causes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  LiveKitDown: { 'up{job="livekit", instance="livekit"}': constant(1, 0) },
  EntryDown: { 'probe_success{instance="nginx"}': constant(1, 0) },
  ExporterDown: { 'up{job="livekit-node", instance="local"}': constant(1, 0) },
  CertificateEnds: { 'probe_ssl_earliest_cert_expiry{instance="nginx"}': constant(days(40), days(20)) },
  PacketLoss: {
    'livekit_packet_loss_percent_sum{instance="livekit", direction="incoming"}': counter(0, 60),
    'livekit_packet_loss_percent_count{instance="livekit", direction="incoming"}': counter(6, 6),
  },
  UdpPacketsDropped: { [`node_netstat_Udp_RcvbufErrors${local}`]: counter(0, 100 * sampleSeconds) },
  ProcessorBusy: {
    'node_cpu_seconds_total{job="livekit-node", instance="local", cpu="0", mode="idle"}': counter(sampleSeconds, 0),
  },
  MemoryLow: {
    [`node_memory_MemAvailable_bytes${local}`]: constant(50, 5),
    [`node_memory_MemTotal_bytes${local}`]: constant(100, 100),
  },
  RelayPortsLow: { turn_allocations: constant(10, 100) },
};

/**
 * Renders promtool tests of the rules: each alert is silent on a healthy node and fires for its cause.
 * @throws Error if an alert has no cause here
 */
export function ruleTests(alerts: readonly Alert[], rulesFile: string): string {
  return stringify({
    rule_files: [rulesFile],
    evaluation_interval: `${sampleSeconds}s`,
    tests: alerts.map(({ name }) => {
      const cause = causes[name];
      if (cause === undefined) throw new Error(`this file has no cause for the alert ${name}`);
      const firing = `count(ALERTS{alertname="${name}", alertstate="firing"})`;
      return {
        name,
        interval: `${sampleSeconds}s`,
        input_series: Object.entries(cause).map(([series, values]) => ({ series, values })),
        promql_expr_test: [
          { expr: firing, eval_time: `${phaseMinutes - 1}m`, exp_samples: [] },
          { expr: firing, eval_time: `${2 * phaseMinutes - 1}m`, exp_samples: [{ labels: "{}", value: 1 }] },
        ],
      };
    }),
  });
}
