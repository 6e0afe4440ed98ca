import { readdirSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const plugins = ["docker", "command"] as const;

/**
 * Builds the stand-in plugins: `pulumi-resource-docker` and `pulumi-resource-command`, each beside its one script. With
 * the folder on `PATH` the engine finds them. They run on the Node.js that built them.
 */
export async function buildPlugins(outDir: string): Promise<void> {
  await mkdir(outDir, { recursive: true });
  await Promise.all(plugins.map((plugin) => buildPlugin(plugin, outDir)));
}

/** The files that decide what is built: absolute paths, in order. */
export function pluginSources(): string[] {
  const folders = ["plugin", ...plugins].map((name) => join(__dirname, name));
  const sources = folders.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
  return [__filename, resolve(__dirname, "../package-lock.json"), ...sources].sort();
}

async function buildPlugin(plugin: string, outDir: string): Promise<void> {
  const script = join(outDir, `${plugin}.cjs`);
  await build({
    entryPoints: [join(__dirname, plugin, "main.ts")],
    outfile: script,
    bundle: true,
    minify: true,
    platform: "node",
    format: "cjs",
    target: `node${process.versions.node}`,
    external: ["cpu-features", "*.node"], // ssh2's native parts, which it does without.
    logLevel: "error",
  });
  const launcher = join(outDir, `pulumi-resource-${plugin}`);
  await writeFile(launcher, `#!/bin/sh\nexec '${process.execPath}' "\${0%/*}/${plugin}.cjs" "$@"\n`);
  await chmod(launcher, 0o755);
}
