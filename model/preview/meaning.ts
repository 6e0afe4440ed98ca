import type { ResourceChange } from "./change";
import { headlines } from "./headlines";
import { type Parts, partsOf } from "./parts";

/** What a preview means. */
export interface Meaning extends Parts {
  /** What matters most, in that order: plain sentences without their full stop. */
  readonly headlines: readonly string[];
}

/** Reads out of the changes of a preview what they mean to those who run the stack, and to those who call. */
export function meaningOf(changes: readonly ResourceChange[]): Meaning {
  const parts = partsOf(changes);
  return { headlines: headlines(parts), ...parts };
}
