import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readInputs } from "../images/inputs";
import { cached } from "../scripts/tools/cache";
import type { CallPage } from "../templates/call-page";
import { projectFolder } from "./env";

const folder = join(projectFolder, "page");
const script = "call.js";

/** The call page as nginx serves it. Its script is bundled once for the sources and packages that it is made of. */
export async function callPage(): Promise<CallPage> {
  const inputs = {
    ...readInputs(folder, readdirSync(folder)),
    ...readInputs(projectFolder, ["package-lock.json", "stacks/call-page.ts"]),
  };
  const bundled = await cached("call-page", inputs, bundle);
  const content = (of: string, name: string) => readFileSync(join(of, name), "utf8");
  return {
    "call.html": content(folder, "call.html"),
    "call.css": content(folder, "call.css"),
    "call.js": content(bundled, script),
    "call.svg": content(folder, "call.svg"),
  };
}

/** @param outFolder gets the one script that the page loads */
async function bundle(outFolder: string): Promise<void> {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [join(folder, "call.ts")],
    outfile: join(outFolder, script),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    logLevel: "error",
  });
}
