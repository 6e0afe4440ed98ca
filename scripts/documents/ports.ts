import { defaultPorts, formatPorts } from "../../model/ports";

const begin = "<!-- port table -->";
const end = "<!-- end of port table -->";

/** A document with the port table in its place, between {@link begin} and {@link end}. @throws Error where it has none */
export function withPortTable(document: string): string {
  const [before, after] = [document.indexOf(begin), document.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`there is no ${begin}, or no ${end} behind it`);
  return `${document.slice(0, before)}${begin}\n\n${renderPortTable()}\n\n${document.slice(after)}`;
}

function renderPortTable(): string {
  const rows = Object.entries(defaultPorts).map(
    ([name, row]) =>
      `| ${formatPorts(row)} | ${row.protocols.join(", ")} | ${row.service}: ${row.purpose} | \`livekit:ports.${name}\` |`,
  );
  return ["| port | protocols | for | moved by |", "| --- | --- | --- | --- |", ...rows].join("\n");
}
