import type { Spread } from "../../model/capacity/processor";
import { paint } from "../lib/terminal";

/** One bar of the chart, with a cautious, an expected and a best value. */
export interface Bar {
  readonly label: string;
  readonly spread: Spread;
}

export interface ChartStyle {
  /** Terminal columns available to the chart. */
  readonly width: number;
  readonly color: boolean;
}

const shades = { cautious: "█", expected: "▓", best: "░" } as const;
const colors = { cautious: "green", expected: "yellow", best: "gray" } as const;
type Part = keyof typeof shades;

/** Minimum columns of the longest bar. Shorter bars are not readable. */
const narrowestBar = 10;

/** Renders horizontal bars on one scale, each followed by its values, and a legend of the shades. */
export function renderBars(bars: readonly Bar[], style: ChartStyle): string {
  const labelWidth = Math.max(...bars.map(({ label }) => label.length));
  const figures = bars.map(({ spread }) => formatSpread(spread));
  const figureWidth = Math.max(...figures.map(({ length }) => length));
  const room = Math.max(narrowestBar, style.width - labelWidth - figureWidth - 4);
  const longest = Math.max(1, ...bars.map(({ spread }) => spread.best));
  const lines = bars.map(
    ({ label, spread }, i) => `${label.padEnd(labelWidth)}  ${drawBar(spread, room / longest, style)}  ${figures[i]}`,
  );
  return [...lines, `${" ".repeat(labelWidth)}  ${key(style)}`].join("\n");
}

/**
 * Formats an expected value with its bounds in parentheses.
 * @example formatSpread({cautious: 4, expected: 9, best: 11}) // "9 (4 to 11)"
 */
export function formatSpread({ cautious, expected, best }: Spread): string {
  if (cautious === best) return count(expected);
  const [low, high] = cautious < best ? [cautious, best] : [best, cautious];
  return `${count(expected)} (${count(low)} ${Number.isFinite(high) ? `to ${count(high)}` : "or more"})`;
}

/** Formats a number with thousands separators. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

function drawBar({ cautious, expected, best }: Spread, scale: number, style: ChartStyle): string {
  const end = (value: number) => Math.round(value * scale);
  return [
    drawPart("cautious", end(cautious), style),
    drawPart("expected", end(expected) - end(cautious), style),
    drawPart("best", end(best) - end(expected), style),
  ].join("");
}

function key(style: ChartStyle): string {
  return (Object.keys(shades) as Part[]).map((part) => `${drawPart(part, 1, style)} ${part}`).join("  ");
}

function drawPart(part: Part, length: number, { color }: ChartStyle): string {
  const text = shades[part].repeat(length);
  return color && text !== "" ? paint(text, colors[part]) : text;
}
