/** Statistics over several rounds. */
export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** The result of a benchmark. */
export interface Measured {
  /** Numbers that `--json` prints. */
  readonly figures: unknown;
  readonly table: string;
  /** True if every target is reached. */
  readonly reached: boolean;
}

export function summary(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    least: at(0),
    most: at(sorted.length - 1),
  };
}

/** Renders the statistics as table cells. */
export function cells({ median, least, most }: Summary, unit: string, digits = 0): string[] {
  return [median, least, most].map((value) => `${value.toFixed(digits)} ${unit}`);
}
