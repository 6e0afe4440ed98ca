import { join } from "node:path";
import { project } from "./documents";

/** Arguments of Node for one of our commands, such as `stop --forget-state`. */
export function nodeArguments(command: string): string[] {
  const [name = "", ...args] = command.split(" ");
  return ["--require", typescriptLoader, join(project, `scripts/commands/${name}.ts`), ...args];
}

export const typescriptLoader = join(project, "scripts/lib/typescript.cjs");

/** An environment of a test's own: its stack's home below a folder, no login of Pulumi's, and its engine. */
export function isolatedEnvironment(folder: string, engine: { readonly dockerHost: string }): NodeJS.ProcessEnv {
  return {
    ...environmentWithoutPulumi(),
    LIVEKIT_STACK_HOME: stackHome(folder),
    PULUMI_HOME: join(folder, "pulumi"),
    DOCKER_HOST: engine.dockerHost,
  };
}

/** The stack's home in {@link isolatedEnvironment}. */
export function stackHome(folder: string): string {
  return join(folder, "stack");
}

/** The environment without the user's own choices for Pulumi. */
export function environmentWithoutPulumi(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PULUMI_")));
}
