import { join } from "node:path";
import { project } from "./documents";

/** Arguments of Node for one of our commands, such as `stop --forget-state`. */
export function nodeArguments(command: string): string[] {
  const [name = "", ...args] = command.split(" ");
  return ["--require", typescriptLoader, join(project, `scripts/${name}.ts`), ...args];
}

export const typescriptLoader = join(project, "scripts/typescript.cjs");

/** The environment without the user's own choices for Pulumi. */
export function environmentWithoutPulumi(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PULUMI_")));
}
