import { internalPorts, monitoringPorts, redisRow } from "../../model/ports/internal";
import { defaultPorts, formatPorts } from "../../model/ports/table";
import { markdownTable } from "../lib/table";

const begin = "<!-- port table -->";
const end = "<!-- end of port table -->";

/** Inserts the port table between a document's {@link begin} and {@link end}. @throws Error if a marker is missing */
export function withPortTable(document: string): string {
  const [before, after] = [document.indexOf(begin), document.indexOf(end)];
  if (before < 0 || after < before)
    throw new Error(`the document must contain the markers ${begin} and ${end}, in this order`);
  return `${document.slice(0, before)}${begin}\n\n${renderPortTable()}\n\n${document.slice(after)}`;
}

function renderPortTable(): string {
  return [
    markdownTable(["port", "protocols", "for", "changed by"], clientRows()),
    "On Linux these ports listen on 127.0.0.1 only. If another program uses one, `npm start` names that program:",
    markdownTable(["port", "for", "exists with"], loopbackRows()),
  ].join("\n\n");
}

function clientRows(): string[][] {
  return Object.entries(defaultPorts).map(([name, row]) => [
    formatPorts(row),
    row.protocols.join(", "),
    `${row.service}: ${row.purpose}`,
    `\`livekit:ports.${name}\``,
  ]);
}

/** Loopback ports of a local stack that uses the host's network. */
function loopbackRows(): string[][] {
  const { livekitApi, livekitMetrics } = internalPorts;
  const { prometheus, grafana, nodeExporter, blackboxExporter } = monitoringPorts;
  const monitored = "`livekit:monitoring`";
  return [
    [formatPorts(redisRow({ redis: {} })), "Redis", "`livekit:redis.mode` node; `livekit:redis.port` changes it"],
    [`${livekitApi} and up, one per server`, "LiveKit behind nginx", `${monitored}, or several \`livekit:nodes\``],
    [`${livekitMetrics} and up, one per server`, "LiveKit's metrics", monitored],
    [`${prometheus}`, "Prometheus", monitored],
    [`${grafana}`, "Grafana", monitored],
    [`${nodeExporter}, ${blackboxExporter}`, "the exporters that Prometheus scrapes", monitored],
  ];
}
