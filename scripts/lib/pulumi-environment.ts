import { findEngine } from "../toolchain/docker";
import { thisMachine } from "../toolchain/machine";
import { ensurePlugins } from "../toolchain/plugins";
import type { PulumiCli } from "../toolchain/pulumi";
import { engineEnvironment, openStack } from "./engine";
import { isOnAws } from "./load-stack";

/** Variables with which `pulumi` works on the same stack, state and plugins as our commands. Creates a local stack that is new. */
export async function pulumiEnvironment(cli: PulumiCli, stack: string): Promise<Record<string, string>> {
  const pluginPath = await ensurePlugins(cli, thisMachine, () => {});
  // Much of what the CLI does needs no Docker engine: where it does, it says itself that none answers.
  const engine = await findEngine().catch(() => undefined);
  const tools = {
    pulumi: cli,
    ...(pluginPath && { pluginPath }),
    ...(engine?.dockerHost && { dockerHost: engine.dockerHost }),
  };
  // A local stack that has never been up has to be there before its configuration can be set.
  if (!isOnAws(stack)) await openStack(stack, tools);
  return { PULUMI_STACK: stack, ...engineEnvironment(tools, stack) };
}
