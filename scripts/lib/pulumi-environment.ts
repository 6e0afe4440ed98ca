import { findEngine } from "../toolchain/docker";
import { thisMachine } from "../toolchain/machine";
import { ensurePlugins } from "../toolchain/plugins";
import type { PulumiCli } from "../toolchain/pulumi";
import { engineEnvironment, openStack } from "./engine";
import { isOnAws } from "./load-stack";

/**
 * Returns variables that give `pulumi` the same stack, state and plugins as our commands. Creates a new local stack.
 */
export async function pulumiEnvironment(cli: PulumiCli, stack: string): Promise<Record<string, string>> {
  const pluginPath = await ensurePlugins(cli, thisMachine, () => {});
  // Many Pulumi commands need no Docker engine. The others report a missing engine themselves.
  const engine = await findEngine().catch(() => undefined);
  const tools = {
    pulumi: cli,
    ...(pluginPath && { pluginPath }),
    ...(engine?.dockerHost && { dockerHost: engine.dockerHost }),
  };
  // A local stack that has never been up must exist before its configuration can be set.
  if (!isOnAws(stack)) await openStack(stack, tools);
  return { PULUMI_STACK: stack, ...engineEnvironment(tools, stack) };
}
