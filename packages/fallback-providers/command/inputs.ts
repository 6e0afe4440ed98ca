import { z } from "zod";
import type { Inputs } from "../../provider-kit/resource-type";

/** Inputs of `command:local:Command`, named as in `@pulumi/command` 1.2.1. */
export const inputs = {
  create: z.string().optional(),
  update: z.string().optional(),
  delete: z.string().optional(),
  triggers: z.array(z.unknown()).optional(),
  interpreter: z.array(z.string()).optional(),
  dir: z.string().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  stdin: z.string().optional(),
  logging: z.enum(["stdout", "stderr", "stdoutAndStderr", "none"]).optional(),
  addPreviousOutputInEnv: z.boolean().optional(),
};

export type CommandInputs = Inputs<typeof inputs>;
