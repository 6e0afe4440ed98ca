import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Inputs } from "../../images/inputs";
import { cached, cachePath, foreignProgram } from "../../stacks/cache";
import { buildPlugins, pluginSources } from "./build-plugins";
import type { Machine, Progress } from "./machine";
import { downloadsReachable } from "./official";
import type { PulumiCli } from "./pulumi";

/** Builder of the fallback providers: `scripts/toolchain/build-plugins.ts`. Tests replace it. */
export interface FallbackProviders {
  readonly inputs: Inputs;
  build(folder: string): Promise<void>;
}

const pluginNames = ["docker", "command"] as const;

/**
 * Finds or installs the provider plugins: on PATH, else in the engine's plugin folder, else fallback providers of an
 * earlier run, else the official download, else fallback providers built now. Returns the folder of fallback providers,
 * for PATH; undefined if official plugins are used.
 */
export async function ensurePlugins(
  cli: PulumiCli,
  machine: Machine,
  progress: Progress,
  fallbackProviders: () => FallbackProviders = ownFallbackProviders,
  reachable: (machine: Machine) => Promise<boolean> = downloadsReachable,
): Promise<string | undefined> {
  if (pluginNames.every((name) => foreignProgram(`pulumi-resource-${name}`, machine))) return undefined;
  if (pluginNames.every((name) => isInstalled(name, machine))) return undefined;
  const { inputs, build } = fallbackProviders();
  const folder = cachePath("plugins", inputs);
  if (existsSync(folder)) {
    progress(`fallback providers of an earlier run; to try the official download again, remove ${folder}`);
    return folder;
  }
  progress("looking for the official provider plugins");
  if ((await reachable(machine)) && (await install(cli, machine, progress))) return undefined;
  progress("the official plugins can't be downloaded: building fallback providers");
  return cached("plugins", inputs, build, progress);
}

/** Returns a plugin's version, which is the version of its npm package. */
export function pluginVersion(name: (typeof pluginNames)[number]): string {
  return JSON.parse(readFileSync(require.resolve(`@pulumi/${name}/package.json`), "utf8")).version;
}

function isInstalled(name: (typeof pluginNames)[number], machine: Machine): boolean {
  const home = machine.env["PULUMI_HOME"] || join(homedir(), ".pulumi");
  const folder = join(home, "plugins", `resource-${name}-v${pluginVersion(name)}`);
  // Pulumi marks an unfinished or interrupted download with a `.partial` file beside the folder.
  return existsSync(folder) && !existsSync(`${folder}.partial`);
}

async function install(cli: PulumiCli, machine: Machine, progress: Progress): Promise<boolean> {
  try {
    for (const name of pluginNames) {
      progress(`downloading the ${name} plugin ${pluginVersion(name)}`);
      const args = ["plugin", "install", "resource", name, pluginVersion(name)];
      await machine.run(cli.command, args, { progress, timeoutSeconds: 300 });
    }
    return true;
  } catch (error) {
    progress(`the official download failed: ${(error as Error).message}`);
    return false;
  }
}

function ownFallbackProviders(): FallbackProviders {
  const inputs = Object.fromEntries(pluginSources().map((path) => [path, readFileSync(path, "utf8")]));
  return { inputs, build: async (folder) => void (await buildPlugins(folder)) };
}
