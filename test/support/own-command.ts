import { join } from "node:path";
import { project } from "./documents";

/** Returns Node's arguments for one of our commands, such as `stop --forget-state`. */
export function nodeArguments(command: string): string[] {
  const [name = "", ...args] = command.split(" ");
  return ["--require", typescriptLoader, join(project, `scripts/commands/${name}.ts`), ...args];
}

export const typescriptLoader = join(project, "scripts/lib/typescript.cjs");

/** Returns an isolated environment: a stack folder below this folder, no Pulumi login, and the given engine. */
export function isolatedEnvironment(folder: string, engine: { readonly dockerHost: string }): NodeJS.ProcessEnv {
  return {
    ...environmentWithoutPulumi(),
    LIVEKIT_STACK_HOME: stackHome(folder),
    PULUMI_HOME: join(folder, "pulumi"),
    DOCKER_HOST: engine.dockerHost,
  };
}

/** Returns the path of the stack's folder, which {@link isolatedEnvironment} sets as `LIVEKIT_STACK_HOME`. */
export function stackHome(folder: string): string {
  return join(folder, "stack");
}

/** Returns the environment without the user's Pulumi variables. */
export function environmentWithoutPulumi(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PULUMI_")));
}
