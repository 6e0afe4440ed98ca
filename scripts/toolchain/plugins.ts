import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Inputs } from "../../images/inputs";
import { UserError } from "../../model/user-error";
import { cached, cacheFolder, cachePath, foreignProgram } from "../../stacks/cache";
import { buildPlugins, pluginSources } from "./build-plugins";
import type { Machine, Progress } from "./machine";
import { downloadFile, downloads, downloadsReachable, pluginChecksum } from "./official";
import type { PulumiCli } from "./pulumi";

/** Builder of the fallback providers: `scripts/toolchain/build-plugins.ts`. Tests replace it. */
export interface FallbackProviders {
  readonly inputs: Inputs;
  build(folder: string): Promise<void>;
}

/** Plugins of a stack on this machine. */
const pluginNames = ["docker", "command"] as const;
/** Plugins that Pulumi's own commands download for every stack: one for each provider package. */
export const allPluginNames = ["aws", ...pluginNames] as const;
type PluginName = (typeof allPluginNames)[number];

/**
 * Finds or installs the provider plugins: on PATH, else in the engine's plugin folder, else fallback providers of an
 * earlier run, else the official download, else fallback providers built now. Later runs keep to fallback providers only
 * if the download site was unreachable: other failures, such as GitHub's limit of 60 requests per hour, may be temporary.
 * Returns the folder of fallback providers, for PATH; undefined if official plugins are used.
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
  if (!(await reachable(machine))) {
    progress("the official plugins can't be downloaded: building fallback providers");
    return cached("plugins", inputs, build, progress);
  }
  if (await install(cli, machine, progress)) return undefined;
  progress("using fallback providers until the next run, which tries the official download again");
  return cached("temporary-plugins", inputs, build, progress);
}

/** Returns a plugin's version, which is the version of its npm package. */
export function pluginVersion(name: PluginName): string {
  return JSON.parse(readFileSync(require.resolve(`@pulumi/${name}/package.json`), "utf8")).version;
}

function isInstalled(name: PluginName, machine: Machine): boolean {
  const home = machine.env["PULUMI_HOME"] || join(homedir(), ".pulumi");
  const folder = join(home, "plugins", `resource-${name}-v${pluginVersion(name)}`);
  // Pulumi marks an unfinished or interrupted download with a `.partial` file beside the folder.
  return existsSync(folder) && !existsSync(`${folder}.partial`);
}

async function install(cli: PulumiCli, machine: Machine, progress: Progress): Promise<boolean> {
  try {
    await installPlugins(pluginNames, cli, machine, progress);
    return true;
  } catch (error) {
    if (error instanceof UserError) throw error;
    progress(`the official download failed: ${(error as Error).message}`);
    return false;
  }
}

/**
 * Downloads official plugins, unless they are installed. The checksum is from GitHub and the archive from another site,
 * so that no single site can replace both. Pulumi's own option `--checksum` also rejects good archives over HTTP/1.1: it
 * leaves out the last bytes.
 * @throws CommandFailure, also if GitHub has no checksum, or UserError for another checksum
 */
export async function installPlugins(
  names: readonly PluginName[],
  { command }: PulumiCli,
  machine: Machine,
  progress: Progress,
): Promise<void> {
  for (const name of names.filter((each) => !isInstalled(each, machine))) {
    const version = pluginVersion(name);
    const archive = archiveName(name, version, machine);
    progress(`downloading the ${name} plugin ${version}`);
    const checksum = await pluginChecksum(name, version, archive, machine);
    const folder = await mkdtemp(join(cacheFolder(), "plugin-"));
    try {
      const file = join(folder, archive);
      const programs = pluginNames.map((each) => `pulumi-resource-${each}`).join(" and ");
      await downloadFile(`${downloads}/releases/plugins/${archive}`, file, checksum, machine, programs);
      const args = ["plugin", "install", "resource", name, version, "--file", file];
      await machine.run(command, args, { progress, timeoutSeconds: 300 });
    } finally {
      await rm(folder, { recursive: true });
    }
  }
}

/**
 * Returns the file name of a plugin's archive for a machine with this processor, in the words of Go. Windows on ARM runs
 * the CLI for x64, and so its plugins.
 */
function archiveName(name: PluginName, version: string, { platform }: Machine): string {
  const system = platform === "win32" ? "windows" : platform;
  const processor = process.arch === "x64" || platform === "win32" ? "amd64" : process.arch;
  return `pulumi-resource-${name}-v${version}-${system}-${processor}.tar.gz`;
}

function ownFallbackProviders(): FallbackProviders {
  const inputs = Object.fromEntries(pluginSources().map((path) => [path, readFileSync(path, "utf8")]));
  return { inputs, build: async (folder) => void (await buildPlugins(folder)) };
}
