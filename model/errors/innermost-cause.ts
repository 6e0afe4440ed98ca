/**
 * Returns the innermost cause of an error: `fetch` reports the actual failure only there. If a host has several
 * addresses, the cause is an AggregateError with an empty message: returns the cause of its first error.
 */
export function innermostCause(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  const cause = error instanceof AggregateError ? error.errors[0] : error.cause;
  return cause instanceof Error ? innermostCause(cause) : error;
}
