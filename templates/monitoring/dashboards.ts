import type { FleetNode } from "../../model/fleet";
import * as queries from "./queries";

/** One graph. */
export interface Panel {
  readonly title: string;
  /** What the values are, by Grafana's own names of units. */
  readonly unit: "short" | "percent" | "bps" | "pps" | "ms" | "d";
  readonly queries: readonly Query[];
}

export interface Query {
  /** PromQL. */
  readonly expr: string;
  /** How the graph calls each line; `{{label}}` is Grafana's own. */
  readonly legend: string;
}

export interface Dashboard {
  /** Stays: links to the dashboard are made of it. */
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** The source of all data, as the dashboards name it. */
export const dataSource = { type: "prometheus", uid: "prometheus" } as const;

/** What Grafana shows of a node. */
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

/** Grafana's grid is 24 wide: two graphs a row. */
const width = 12;
const height = 8;

/** The schema of Grafana 11; newer ones read it as well. */
const schemaVersion = 39;

/** Renders a dashboard as Grafana provisions it: JSON. */
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
