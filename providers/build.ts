import { readdirSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";

/** Stand-ins of plugins that can't be downloaded everywhere, for the user's own stacks. */
export const fallbackProviders = ["docker", "command"] as const;
/** The stand-in that makes a simulated AWS in place of the real one: for rehearsals alone. */
export const simulatorProviders = ["aws"] as const;

export type PluginName = (typeof fallbackProviders)[number] | (typeof simulatorProviders)[number];

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
  const folders = ["plugin", ...names].map((name) => join(__dirname, name));
  const sources = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name)),
  );
  return [__filename, resolve(__dirname, "../package-lock.json"), ...sources].sort();
}

async function buildPlugin(plugin: PluginName, outDir: string): Promise<void> {
  const script = join(outDir, `${plugin}.cjs`);
  await build({
    entryPoints: [join(__dirname, plugin, "main.ts")],
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
