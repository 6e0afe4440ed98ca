/** One thing wrong with what the user gave: enough to fix it without reading anything else. */
export interface Fault {
  /** The key as the user writes it, e.g. `livekit:domain` or `LIVEKIT_API_SECRET`. */
  readonly key: string;
  /** The refused value. Left out for secrets, which are never printed. */
  readonly value?: unknown;
  /** What is allowed, as a sentence without its full stop. */
  readonly rule: string;
  /** What fixes it: a command wherever there is one. */
  readonly fix: string;
}

/** A refusal of the user's input. Carries every fault found, so that one run names them all. */
export class Refusal extends Error {
  constructor(readonly faults: readonly Fault[]) {
    super(formatFaults(faults));
    this.name = "Refusal";
  }
}

/** One line a fault: `key value: rule. fix`. */
export function formatFaults(faults: readonly Fault[]): string {
  return faults.map(formatFault).join("\n");
}

function formatFault({ key, value, rule, fix }: Fault): string {
  const shown = value === undefined ? "" : ` ${JSON.stringify(value)}`;
  return `${key}${shown}: ${rule}. ${fix}`;
}

/** Throws a {@link Refusal} with all faults, or does nothing when there are none. */
export function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new Refusal(faults);
}
