import type { z } from "zod";

/** Pulumi's type of a configuration key. Objects and arrays are untyped in Pulumi.yaml. */
export type KeyType = "string" | "integer" | "boolean" | "array" | "object";

export interface KeySpec {
  readonly type: KeyType;
  readonly description: string;
  /** A valid value as typed after `pulumi config set livekit:<key>`. Errors show it as the fix. */
  readonly example: string;
  /** Other settings that the example needs, each as typed after `pulumi config set`. */
  readonly needs?: readonly string[];
  readonly schema: z.ZodType;
  readonly secret?: true;
  /** Set for keys that a local stack rejects, because it would ignore them silently. */
  readonly target?: "aws";
  readonly default?: string | number | boolean | readonly unknown[] | Readonly<Record<string, unknown>>;
}
