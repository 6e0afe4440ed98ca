import { readdirSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";

/** Stand-ins of plugins that can't be downloaded everywhere, for the user's own stacks. */
export const standIns = ["docker", "command"] as const;
/** The stand-in that makes a simulated AWS in place of the real one: for rehearsals alone. */
export const rehearsalStandIns = ["aws"] as const;

export type PluginName = (typeof standIns)[number] | (typeof rehearsalStandIns)[number];

/**
 * Builds stand-in plugins: `pulumi-resource-docker` and the like, each beside its one script. With the folder on `PATH`
 * the engine finds them. They run on the Node.js that built them.
 */
export async function buildPlugins(outDir: string, names: readonly PluginName[] = standIns): Promise<void> {
  await mkdir(outDir, { recursive: true });
  await Promise.all(names.map((plugin) => buildPlugin(plugin, outDir)));
}

/** The files that decide what is built: absolute paths, in order. */
export function pluginSources(names: readonly PluginName[] = standIns): string[] {
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
    // ssh2's native parts, which it does without; the bundler itself, which only the start of a ground needs.
    external: ["cpu-features", "*.node", "esbuild"],
    logLevel: "error",
  });
  const launcher = join(outDir, `pulumi-resource-${plugin}`);
  await writeFile(launcher, `#!/bin/sh\nexec '${process.execPath}' "\${0%/*}/${plugin}.cjs" "$@"\n`);
  await chmod(launcher, 0o755);
}
