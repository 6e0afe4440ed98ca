import { stringify } from "yaml";
import { type Fleet, type FleetNode, nodeJob } from "../../model/fleet";
import { portCount } from "../../model/ports/table";
import * as queries from "./queries";

/** An alert, which fires when its value crosses a bound. */
export interface Alert {
  readonly name: string;
  /** PromQL that returns a value whether or not the alert fires. */
  readonly value: string;
  readonly bound: { readonly above: number } | { readonly below: number };
  /** How long the value must stay beyond the bound. */
  readonly forSeconds: number;
  /** `critical`: calls fail. `warning`: calls will soon fail, or their quality is poor. */
  readonly severity: "critical" | "warning";
  /** Message for the operator. Prometheus replaces `{{ $labels.instance }}` and `{{ $value }}`. */
  readonly summary: string;
}

/** Seconds without an answer after which an alert fires. A restart by hand or by `npm start` takes less time. */
const downSeconds = 30;
const lastingSeconds = 300;

/** Returns the alerts for a node. */
export function alerts(fleet: Fleet, node: FleetNode): Alert[] {
  // A node without its own Prometheus is on AWS, where an external Prometheus scrapes it. Alerts for such a node
  // suggest other commands.
  const [logs, fix] = node.monitoring ? ["npm run logs -- livekit", "npm start"] : ["npm run nodes", "npm run nodes"];
  const [buffers, capacity] = node.monitoring
    ? [": npm run doctor names its buffers", ": npm run plan says what it carries"]
    : ["", ""];
  return [
    {
      name: "LiveKitDown",
      value: 'up{job="livekit"}',
      bound: { below: 1 },
      forSeconds: downSeconds,
      severity: "critical",
      summary: `LiveKit of {{ $labels.instance }} does not answer: ${logs}`,
    },
    {
      name: "ExporterDown",
      value: node.monitoring ? `up{job=~"${nodeJob}|probe-.*"}` : `up{job="${nodeJob}"}`,
      bound: { below: 1 },
      forSeconds: downSeconds,
      severity: "warning",
      summary: `{{ $labels.job }} of {{ $labels.instance }} tells nothing: ${fix}`,
    },
    {
      name: "PacketLoss",
      value: queries.packetLoss,
      bound: { above: 5 },
      forSeconds: lastingSeconds,
      severity: "warning",
      summary: "{{ $value | humanize }} % of {{ $labels.direction }} media packets at {{ $labels.instance }} are lost",
    },
    {
      name: "UdpPacketsDropped",
      value: queries.udpDrops,
      bound: { above: 10 },
      forSeconds: lastingSeconds,
      severity: "warning",
      summary: `{{ $labels.instance }} drops {{ $value | humanize }} UDP packets a second${buffers}`,
    },
    {
      name: "ProcessorBusy",
      value: queries.processorPercent,
      bound: { above: 85 },
      forSeconds: lastingSeconds,
      severity: "warning",
      summary: `{{ $value | humanize }} % of {{ $labels.instance }}'s processor are in use${capacity}`,
    },
    {
      name: "MemoryLow",
      value: queries.memoryPercent,
      bound: { above: 90 },
      forSeconds: lastingSeconds,
      severity: "warning",
      summary: "{{ $value | humanize }} % of {{ $labels.instance }}'s memory are in use",
    },
    ...(node.network === "host" ? [relayPorts(fleet)] : []),
    ...(node.monitoring ? probed : []),
  ];
}

/** Alerts on the blackbox exporter's probes. */
const probed: readonly Alert[] = [
  {
    name: "EntryDown",
    value: "probe_success",
    bound: { below: 1 },
    forSeconds: 2 * downSeconds,
    severity: "critical",
    summary: "TLS by way of {{ $labels.instance }} fails: npm run doctor",
  },
  {
    name: "CertificateEnds",
    value: queries.certificateDays,
    bound: { below: 30 },
    forSeconds: 0,
    severity: "warning",
    summary: "the certificate of {{ $labels.instance }} ends in {{ $value | humanize }} days: npm stop, then npm start",
  },
];

/** Returns the alert for the relay's port range: each allocation uses one port. */
function relayPorts({ ports }: Fleet): Alert {
  const count = portCount(ports.relay);
  return {
    name: "RelayPortsLow",
    value: queries.turnAllocations,
    bound: { above: Math.floor(count * 0.8) },
    forSeconds: 2 * downSeconds,
    severity: "warning",
    summary: `{{ $value }} of the relay's ${count} ports at {{ $labels.instance }} are in use: widen livekit:ports.relay`,
  };
}

/** Returns PromQL that has a value only while the value is beyond the bound. */
export function expression({ value, bound }: Alert): string {
  return "above" in bound ? `(${value}) > ${bound.above}` : `(${value}) < ${bound.below}`;
}

/** Renders Prometheus' alerting rules. */
export function renderRules(fleet: Fleet, node: FleetNode): string {
  const rules = alerts(fleet, node).map((alert) => ({
    alert: alert.name,
    expr: expression(alert),
    for: `${alert.forSeconds}s`,
    labels: { severity: alert.severity },
    annotations: { summary: alert.summary },
  }));
  return stringify({ groups: [{ name: "livekit", rules }] });
}
