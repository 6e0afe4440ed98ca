/** Returns the innermost cause of an error: `fetch` reports the actual failure only there. */
export function innermostCause(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  return error.cause instanceof Error ? innermostCause(error.cause) : error;
}
