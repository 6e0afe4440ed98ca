import type { FleetNode } from "../../model/fleet";
import * as queries from "./queries";

/** One graph. */
export interface Panel {
  readonly title: string;
  /** Unit of the values, as Grafana names it. */
  readonly unit: "short" | "percent" | "bps" | "pps" | "ms" | "d";
  readonly queries: readonly Query[];
}

export interface Query {
  /** PromQL. */
  readonly expr: string;
  /** Name of each series. Grafana replaces `{{label}}`. */
  readonly legend: string;
}

export interface Dashboard {
  /** The dashboard's uid. It must never change, because links contain it. */
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Grafana's data source for all dashboards. */
export const dataSource = { type: "prometheus", uid: "prometheus" } as const;

/** Returns Grafana's dashboards for a node. */
export function dashboards(node: Pick<FleetNode, "network" | "monitoring">): readonly Dashboard[] {
  return [
    { uid: "livekit-calls", title: "LiveKit: calls", panels: calls },
    { uid: "livekit-node", title: "LiveKit: node", panels: machine(node) },
  ];
}

const calls: readonly Panel[] = [
  panel("Rooms", "short", "sum by (instance) (livekit_room_total)", "{{instance}}"),
  panel("Participants", "short", "sum by (instance) (livekit_participant_total)", "{{instance}}"),
  panel(
    "Bandwidth",
    "bps",
    "8 * sum by (instance, direction) (rate(livekit_packet_bytes[1m]))",
    "{{instance}} {{direction}}",
  ),
  panel("Packet loss", "percent", queries.packetLoss, "{{instance}} {{direction}}"),
  panel("Tracks", "short", "sum by (kind) (livekit_track_subscribed_total)", "subscribed {{kind}}", {
    expr: "sum by (kind) (livekit_track_published_total)",
    legend: "published {{kind}}",
  }),
  panel("Joins a minute", "short", "60 * sum by (state) (rate(livekit_participant_join_total[5m]))", "{{state}}"),
];

function machine({ network, monitoring }: Pick<FleetNode, "network" | "monitoring">): readonly Panel[] {
  const up = { expr: 'up{job=~"livekit.*"}', legend: "{{instance}} {{job}}" };
  const allocations = panel("TURN allocations", "short", queries.turnAllocations, "{{instance}}");
  const probed = [
    panel("Certificate days", "d", queries.certificateDays, "{{instance}}"),
    panel("Answers", "short", "probe_success", "{{instance}} over TLS", up),
  ];
  return [
    panel("Processor", "percent", queries.processorPercent, "{{instance}}"),
    panel("Memory", "percent", queries.memoryPercent, "{{instance}}"),
    panel("Load over a minute", "short", queries.load, "{{instance}}"),
    panel("UDP packets dropped", "pps", queries.udpDrops, "{{instance}}"),
    ...(network === "host" ? [allocations] : []),
    ...(monitoring ? probed : [panel("Answers", "short", up.expr, up.legend)]),
  ];
}

function panel(title: string, unit: Panel["unit"], expr: string, legend: string, ...more: readonly Query[]): Panel {
  return { title, unit, queries: [{ expr, legend }, ...more] };
}

/** Grafana's grid has 24 columns, so a row holds two graphs. */
const width = 12;
const height = 8;

/** Dashboard schema of Grafana 11. Newer versions also read it. */
const schemaVersion = 39;

/** Renders a dashboard as JSON for Grafana's provisioning. */
export function renderDashboard({ uid, title, panels }: Dashboard): string {
  const model = {
    uid,
    title,
    schemaVersion,
    editable: false,
    refresh: "10s",
    time: { from: "now-30m", to: "now" },
    panels: panels.map((each, i) => ({
      id: i + 1,
      type: "timeseries",
      title: each.title,
      datasource: dataSource,
      gridPos: { x: (i % 2) * width, y: Math.floor(i / 2) * height, w: width, h: height },
      fieldConfig: { defaults: { unit: each.unit, min: 0 }, overrides: [] },
      targets: each.queries.map(({ expr, legend }, n) => ({
        refId: String.fromCharCode(65 + n),
        datasource: dataSource,
        expr,
        legendFormat: legend,
      })),
    })),
  };
  return `${JSON.stringify(model, undefined, 2)}\n`;
}
