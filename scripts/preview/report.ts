import { pricesAre } from "../../model/aws/prices";
import type { ResourceChange } from "../../model/preview/change";
import type { Opening } from "../../model/preview/ports";
import type { Size } from "../../model/preview/size";
import { sanitizeText } from "../../model/sanitize";
import { markdownTable, textTable } from "../lib/table";
import { count, formatSpread } from "../plan/chart";
import { countedRooms, describeSource, formatOpening, usd } from "./headlines";
import type { ImpactSummary } from "./impact-summary";

/** One stack's preview. For each resource it lists the names of changed inputs, never their values. */
export interface Preview {
  readonly stack: string;
  /** Description of what was compared, such as `the example since main`. */
  readonly compared: string;
  readonly impact: ImpactSummary;
  /** Warnings of the engine and the program, such as a check that AWS denied. */
  readonly warnings: readonly string[];
  readonly resources: readonly Pick<ResourceChange, "operation" | "type" | "name" | "changed">[];
}

export function previewOf(
  stack: string,
  compared: string,
  changes: readonly ResourceChange[],
  impact: ImpactSummary,
  warnings: readonly string[] = [],
): Preview {
  const shown = changes.filter(({ operation }) => operation !== "same");
  const resources = shown.map(({ operation, type, name, changed }) => ({ operation, type, name, changed }));
  return { stack, compared, impact, warnings, resources };
}

/** Renders previews for a terminal. */
export function renderText(previews: readonly Preview[]): string {
  const rendered = previews.map((preview) => {
    const tables = [...sections(preview), resources(preview)].filter(({ rows }) => rows.length > 0);
    const shown = tables.map(({ title, head, rows }) => `${title}\n${textTable(head, rows)}`);
    return [opening(preview), headlines(preview, (line) => line), ...shown, counted(preview)].join("\n\n");
  });
  return rendered.join("\n\n");
}

/** Maximum length of a GitHub comment, in characters. */
const mostCharacters = 65_536;
const cut = "\n\nThe full preview is too long for a comment: npm run preview prints it without --markdown.";

/**
 * Renders previews as a pull request comment: headlines, then tables, then each resource. The last line is a marker, by
 * which a later run finds the comment to replace. Truncates a text that exceeds GitHub's maximum length at its end.
 */
export function renderMarkdown(previews: readonly Preview[], name: string): string {
  const end = `\n\n${marker(name)}\n`;
  const room = mostCharacters - end.length;
  const text = (withResources: boolean) => previews.map((preview) => markdownOf(preview, withResources)).join("\n\n");
  const whole = text(true);
  return `${whole.length <= room ? whole : `${firstWords(text(false), room - cut.length)}${cut}`}${end}`;
}

/** Truncates a text at a word boundary. */
function firstWords(text: string, room: number): string {
  return text.length <= room ? text : text.slice(0, Math.max(text.lastIndexOf(" ", room), 0));
}

/** Returns the last line of a comment, which identifies it. */
export function marker(name: string): string {
  return `<!-- livekit-stack preview: ${name} -->`;
}

function markdownOf(preview: Preview, withResources: boolean): string {
  const parts = [`### ${escaped(opening(preview))}`, headlines(preview, (line) => `- **${escaped(line)}**`)];
  const tables = sections(preview).filter(({ rows }) => rows.length > 0);
  const each = resources(preview);
  return [
    ...parts,
    ...tables.map((section) => `${section.title}\n\n${escapedTable(section)}`),
    ...(withResources && each.rows.length > 0
      ? [folded(`${counted(preview)}`, escapedTable(each))]
      : [counted(preview)]),
  ].join("\n\n");
}

function opening({ stack, compared }: Preview): string {
  return `Preview of ${stack}: ${compared}`;
}

function headlines({ impact, warnings }: Preview, form: (line: string) => string): string {
  return [...impact.headlines, ...warnings.map((text) => `Warning: ${text}`)].map(form).join("\n");
}

function counted({ impact: { counts } }: Preview): string {
  const { same, ...others } = counts;
  const nonzero = Object.entries(others).filter(([, number]) => number > 0);
  const changed = nonzero
    .map(([operation, number]) => `${number} to ${operationWords[operation] ?? operation}`)
    .join(", ");
  return `Resources: ${changed || "none to change"}, ${count(same)} unchanged`;
}

/** Words to show for operations whose Pulumi name would mislead. */
const operationWords: Readonly<Record<string, string>> = { leave: "leave behind" };

interface Section {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function sections({ impact }: Preview): Section[] {
  const { ports, nodes, services, size } = impact;
  return [
    {
      title: "Ports",
      head: ["", "port", "source", "purpose", "where"],
      rows: [
        ...ports.opened.map((port) => portRow("opened", port)),
        ...ports.closed.map((port) => portRow("closed", port)),
      ],
    },
    {
      title: "Nodes",
      head: ["node", "", "before", "after"],
      rows: nodes.map(({ node, operation, before, after }) => [node, operation, before ?? "", after ?? ""]),
    },
    {
      title: "Services",
      head: ["where", "service", "action", "cause"],
      rows: services.map(({ where, service, action, because }) => [where, service, doing[action], because]),
    },
    {
      title: `Size: ${countedRooms}; a month without traffic, ${pricesAre}`,
      head: ["", "nodes", "rooms", "per month"],
      rows: size ? [sizeRow("before", size.before), sizeRow("after", size.after)] : [],
    },
  ];
}

const doing: Readonly<Record<ImpactSummary["services"][number]["action"], string>> = {
  starts: "starts",
  ends: "ends",
  restarts: "restarts",
  reloads: "reloads its files without interruption",
  follows: "applies the change while it runs",
  unknown: "known after the update",
};

function portRow(what: string, opening: Opening): string[] {
  return [what, formatOpening(opening), describeSource(opening.source), opening.description, opening.where];
}

function sizeRow(when: string, { nodes, rooms, bill, uncounted }: Size): string[] {
  const groups = nodes.map(({ nodes, instanceType, region }) => `${nodes} ${instanceType} in ${region}`);
  const without = uncounted.length > 0 ? `, without ${uncounted.join(", ")}` : "";
  return [when, groups.join(", ") || "none", `${formatSpread(rooms)}${without}`, `${usd(bill.month)}${without}`];
}

function resources({ resources }: Preview): Section {
  return {
    title: "Resources",
    head: ["", "type", "name", "inputs"],
    rows: resources.map(({ operation, type, name, changed }) => [operation, type, name, changed.join(", ")]),
  };
}

/** Renders a section's table. Escapes its texts, which come from the pull request and can't be trusted. */
function escapedTable({ head, rows }: Section): string {
  const cellsOf = (cells: readonly string[]) => cells.map(escaped);
  return markdownTable(cellsOf(head), rows.map(cellsOf));
}

function folded(summary: string, content: string): string {
  return `<details><summary>${escaped(summary)}</summary>\n\n${content}\n\n</details>`;
}

/** Escapes a text from the pull request, so that it contains no Markdown and mentions no user. */
function escaped(text: string): string {
  return sanitizeText(text)
    .replace(/[\\`*_{}[\]|#~]/g, (mark) => `\\${mark}`)
    .replace(/</g, "&lt;")
    .replace(/@/g, "@\u200b")
    .replace(/\s+/g, " ");
}
