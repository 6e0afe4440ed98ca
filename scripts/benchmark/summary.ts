/** Figures of several rounds. */
export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** What a benchmark found. */
export interface Measured {
  /** For `--json`. */
  readonly figures: unknown;
  readonly table: string;
  /** Whether everything that is to be reached was. */
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

/** Cells of a table. */
export function cells({ median, least, most }: Summary, unit: string, digits = 0): string[] {
  return [median, least, most].map((value) => `${value.toFixed(digits)} ${unit}`);
}
