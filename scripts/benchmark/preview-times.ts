/** The JSON that `preview.cjs` prints. Times are milliseconds since its process started. */
export interface Preview {
  /** Time until the program registers its first resource, apart from the stack itself. */
  readonly firstMs: number;
  /** Time until the engine has ended. */
  readonly totalMs: number;
  readonly resources: number;
}
