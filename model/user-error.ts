import { sanitizeText } from "./sanitize";

/** One error in the user's input, with enough detail to fix it. */
export interface ConfigError {
  /** Key as the user writes it, e.g. `livekit:domain` or `LIVEKIT_API_SECRET`. */
  readonly key: string;
  /** Rejected value. Left out for secrets, which are never printed. */
  readonly value?: unknown;
  /** What is wrong or what is allowed, as a sentence without its full stop. */
  readonly rule: string;
  /** How to fix the error: a command, if one exists. */
  readonly fix: string;
}

/** Rejects the user's input. Holds every error found, so that one run reports all of them. */
export class UserError extends Error {
  constructor(readonly errors: readonly ConfigError[]) {
    super(formatErrors(errors));
    this.name = "UserError";
  }
}

/** Formats each error as one line: `key value: rule. fix`. A rule may quote a node or AWS, so it is sanitized. */
export function formatErrors(errors: readonly ConfigError[]): string {
  return sanitizeText(errors.map(formatError).join("\n"));
}

function formatError({ key, value, rule, fix }: ConfigError): string {
  const shown = value === undefined ? "" : ` ${JSON.stringify(value)}`;
  return `${key}${shown}: ${rule}. ${fix}`;
}

/** Throws a {@link UserError} with all errors, or does nothing when there are none. */
export function throwIfAny(errors: readonly ConfigError[]): void {
  if (errors.length > 0) throw new UserError(errors);
}

/** Fix to show if the error's own text explains the cause. */
export const fixAbove = "Fix the error above and run the command again";

/**
 * Creates a UserError with one sentence and its fix. `what` is the subject of the sentence, such as a file or a
 * program, and `because` is the predicate.
 */
export function cannot(what: string, because: string, fix: string): UserError {
  return new UserError([{ key: what, rule: because, fix }]);
}
