/** What `preview.cjs` prints of one preview. Milliseconds count from its process' start. */
export interface Preview {
  /** Until the program had registered its first own resource. */
  readonly firstMs: number;
  /** Until the engine had ended. */
  readonly totalMs: number;
  readonly resources: number;
}
