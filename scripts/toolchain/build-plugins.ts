import { readdirSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { projectFolder } from "../../stacks/env";

/** Our providers for users' stacks on machines that can't download the official plugins. */
export const fallbackProviders = ["docker", "command"] as const;
/** Our AWS provider for rehearsals, which works only with a simulated AWS. */
export const simulatorProviders = ["aws"] as const;

export type PluginName = (typeof fallbackProviders)[number] | (typeof simulatorProviders)[number];

/** Each plugin's main program, and all folders with its sources. */
const plugins: Readonly<Record<PluginName, { readonly main: string; readonly sources: readonly string[] }>> = {
  docker: { main: "fallback-providers/docker", sources: ["fallback-providers/docker"] },
  command: { main: "fallback-providers/command", sources: ["fallback-providers/command"] },
  aws: { main: "aws-simulator/provider", sources: ["aws-simulator/provider", "aws-simulator/network"] },
};

const packages = join(projectFolder, "packages");

/**
 * Builds provider plugins, such as `pulumi-resource-docker`, and the launcher of policy packs. Pulumi finds them if the
 * folder is on `PATH`. They run on the Node.js that built them.
 */
export async function buildPlugins(outDir: string, names: readonly PluginName[] = fallbackProviders): Promise<void> {
  await mkdir(outDir, { recursive: true });
  await Promise.all([...names.map((plugin) => buildPlugin(plugin, outDir)), writePolicyStarter(outDir)]);
}

/** Lists the files that determine what is built: absolute paths, sorted. */
export function pluginSources(names: readonly PluginName[] = fallbackProviders): string[] {
  const folders = ["provider-kit", ...names.flatMap((name) => plugins[name].sources)].map((name) =>
    join(packages, name),
  );
  const sources = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(join(folder, "test")))
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
    // The bundler drops unused code only from ES modules. This halves the processor time of the AWS clients' start.
    mainFields: ["module", "main"],
    // Not bundled: native modules, which are optional for ssh2, and esbuild, which is used only to start a simulator.
    external: ["cpu-features", "*.node", "esbuild"],
    logLevel: "error",
  });
  await writeLauncher(join(outDir, `pulumi-resource-${plugin}`), `"\${0%/*}/${plugin}.cjs"`);
}

/**
 * Writes a launcher of policy packs, for a Pulumi without the official language plugin for Node.js. Pulumi runs it in
 * the pack's folder, and the pack's own packages contain the code that runs the policies.
 */
async function writePolicyStarter(outDir: string): Promise<void> {
  const runner = `'${process.execPath}' -p 'require.resolve("@pulumi/pulumi/cmd/run-policy-pack")'`;
  await writeLauncher(join(outDir, "pulumi-analyzer-policy-nodejs"), `"$(${runner})"`);
}

async function writeLauncher(file: string, script: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' ${script} "$@"\n`);
  await chmod(file, 0o755);
}
