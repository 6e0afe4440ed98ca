import { stringify } from "yaml";
import { type Fleet, type FleetNode, nodeJob } from "../../model/fleet";
import { portCount } from "../../model/ports";
import * as queries from "./queries";

/** A value that should not be beyond a bound. */
export interface Alert {
  readonly name: string;
  /** PromQL that has a value whether or not the alert fires. */
  readonly value: string;
  readonly bound: { readonly above: number } | { readonly below: number };
  /** How long it has to last. */
  readonly forSeconds: number;
  /** `critical`: calls fail. `warning`: they soon will, or are poor. */
  readonly severity: "critical" | "warning";
  /** What to tell a person; `{{ $labels.instance }}` and `{{ $value }}` are Prometheus' own. */
  readonly summary: string;
}

/** A restart by hand or by `npm start` is over before. */
const downSeconds = 30;
const lastingSeconds = 300;

/** What a person is to be told about a node. */
export function alerts(fleet: Fleet, node: FleetNode): Alert[] {
  // Where Prometheus is elsewhere it is a node on AWS.
  const [logs, mend] = node.monitoring ? ["npm run logs -- livekit", "npm start"] : ["npm run nodes", "npm run nodes"];
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
      summary: `{{ $labels.job }} of {{ $labels.instance }} tells nothing: ${mend}`,
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

/** What the blackbox exporter sees. */
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

/** Each allocation takes a port of the relay's range. */
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

/** PromQL that has a value only while the alert has cause to fire. */
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
