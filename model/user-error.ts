/** One thing wrong with what the user gave: enough to fix it without reading anything else. */
export interface ConfigError {
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
export class UserError extends Error {
  constructor(readonly errors: readonly ConfigError[]) {
    super(formatErrors(errors));
    this.name = "Refusal";
  }
}

/** One line a fault: `key value: rule. fix`. */
export function formatErrors(errors: readonly ConfigError[]): string {
  return errors.map(formatError).join("\n");
}

function formatError({ key, value, rule, fix }: ConfigError): string {
  const shown = value === undefined ? "" : ` ${JSON.stringify(value)}`;
  return `${key}${shown}: ${rule}. ${fix}`;
}

/** Throws a {@link UserError} with all faults, or does nothing when there are none. */
export function throwIfAny(errors: readonly ConfigError[]): void {
  if (errors.length > 0) throw new UserError(errors);
}
