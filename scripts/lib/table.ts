import Table, { type HorizontalAlignment } from "cli-table3";

type Rows<Cell> = readonly (readonly Cell[])[];

/** Renders a table for a terminal. Adds no colors. @param alignments of the columns; @default left */
export function textTable(
  head: readonly string[],
  rows: Rows<string | number>,
  alignments: readonly HorizontalAlignment[] = [],
): string {
  const table = new Table({ head: [...head], colAligns: [...alignments], style: { head: [], border: [] } });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

/** Renders a table in Markdown. Cells must be Markdown without line breaks. */
export function markdownTable(head: readonly string[], rows: Rows<string>): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
