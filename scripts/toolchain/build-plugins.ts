import { readdirSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { projectFolder } from "../../stacks/env";

/** Plugins in place of those that can't be downloaded everywhere, for the user's own stacks. */
export const fallbackProviders = ["docker", "command"] as const;
/** The plugin that makes a simulated AWS in place of the real one: for rehearsals alone. */
export const simulatorProviders = ["aws"] as const;

export type PluginName = (typeof fallbackProviders)[number] | (typeof simulatorProviders)[number];

/** Folder of each plugin's program, and what its sources are below. */
const plugins: Readonly<Record<PluginName, { readonly main: string; readonly sources: readonly string[] }>> = {
  docker: { main: "fallback-providers/docker", sources: ["fallback-providers/docker"] },
  command: { main: "fallback-providers/command", sources: ["fallback-providers/command"] },
  aws: { main: "aws-simulator/provider", sources: ["aws-simulator/provider", "aws-simulator/network"] },
};

const packages = join(projectFolder, "packages");

/**
 * Builds stand-in plugins: `pulumi-resource-docker` and the like, each beside its one script, and what starts a policy pack.
 * With the folder on `PATH` the engine finds them. They run on the Node.js that built them.
 */
export async function buildPlugins(outDir: string, names: readonly PluginName[] = fallbackProviders): Promise<void> {
  await mkdir(outDir, { recursive: true });
  await Promise.all([...names.map((plugin) => buildPlugin(plugin, outDir)), writePolicyStarter(outDir)]);
}

/** The files that decide what is built: absolute paths, in order. */
export function pluginSources(names: readonly PluginName[] = fallbackProviders): string[] {
  const folders = ["provider-kit", ...names.flatMap((name) => plugins[name].sources)].map((name) =>
    join(packages, name),
  );
  const sources = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name)),
  );
  return [__filename, join(projectFolder, "package-lock.json"), ...sources].sort();
}

async function buildPlugin(plugin: PluginName, outDir: string): Promise<void> {
  const script = join(outDir, `${plugin}.cjs`);
  await build({
    entryPoints: [join(packages, plugins[plugin].main, "main.ts")],
    outfile: script,
    bundle: true,
    minify: true,
    platform: "node",
    format: "cjs",
    target: `node${process.versions.node}`,
    // Of ES modules the bundler leaves out what nothing uses: the clients of AWS start in half the processor time.
    mainFields: ["module", "main"],
    // ssh2's native parts, which it does without; the bundler itself, which only the start of a simulator needs.
    external: ["cpu-features", "*.node", "esbuild"],
    logLevel: "error",
  });
  await writeLauncher(join(outDir, `pulumi-resource-${plugin}`), `"\${0%/*}/${plugin}.cjs"`);
}

/**
 * For an engine without the official distribution's plugin for Node.js, which starts policy packs as well. The engine runs
 * this in the pack's folder, and the pack's own packages have Pulumi's runner.
 */
async function writePolicyStarter(outDir: string): Promise<void> {
  const runner = `'${process.execPath}' -p 'require.resolve("@pulumi/pulumi/cmd/run-policy-pack")'`;
  await writeLauncher(join(outDir, "pulumi-analyzer-policy-nodejs"), `"$(${runner})"`);
}

async function writeLauncher(file: string, script: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' ${script} "$@"\n`);
  await chmod(file, 0o755);
}
