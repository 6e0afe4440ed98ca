import type { z } from "zod";

/** What Pulumi calls a configuration key's type. Objects and arrays are untyped in Pulumi.yaml. */
export type KeyType = "string" | "integer" | "boolean" | "array" | "object";

export interface KeySpec {
  readonly type: KeyType;
  readonly description: string;
  /** A valid value as typed after `pulumi config set livekit:<key>`; shown as the fix. */
  readonly example: string;
  /** What has to be set beside the example, each as typed after `pulumi config set`. */
  readonly needs?: readonly string[];
  readonly schema: z.ZodType;
  readonly secret?: true;
  /** A local stack would pass over it in silence: it is refused there. */
  readonly target?: "aws";
  readonly default?: string | number | boolean | readonly unknown[] | Readonly<Record<string, unknown>>;
}
