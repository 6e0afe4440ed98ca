/** The JSON that `preview.cjs` prints. Times are milliseconds since its process started. */
export interface Preview {
  /** Time until the program registers its first resource, not counting the stack resource itself. */
  readonly firstMs: number;
  /** Time until the Pulumi engine has exited. */
  readonly totalMs: number;
  readonly resources: number;
}
