import { join } from "node:path";

/** Bundles the gateway's program into one script, for the Node.js of Debian 13. Imports esbuild only when needed. */
export async function buildGateway(): Promise<Buffer> {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, "gateway.ts")],
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    write: false,
    logLevel: "error",
  });
  const [script] = outputFiles;
  if (script === undefined) throw new Error("esbuild produced no output for the gateway's program");
  return Buffer.from(script.contents);
}
