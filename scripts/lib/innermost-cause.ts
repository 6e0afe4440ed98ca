/** The first cause of an error: what `fetch` throws names it only in the errors beneath. */
export function innermostCause(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  return error.cause instanceof Error ? innermostCause(error.cause) : error;
}
