import { existsSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readInputs } from "../images/inputs";
import type { CallPage } from "../templates/call-page";
import { cached } from "./cache";
import { projectFolder } from "./env";

const folder = join(projectFolder, "page");
const script = "call.js";

/** The call page as nginx serves it, and its script as a local file whose path changes with its content. */
export interface BundledCallPage {
  readonly content: CallPage;
  readonly scriptFile: string;
}

/** Returns the call page. Bundles its script only if its sources or packages have changed. */
export async function callPage(): Promise<BundledCallPage> {
  const inputs = {
    ...readInputs(folder, readdirSync(folder)),
    ...readInputs(projectFolder, ["package-lock.json", "stacks/call-page.ts"]),
  };
  const bundled = await cached("call-page", inputs, bundle);
  const content = (of: string, name: string) => readFileSync(join(of, name), "utf8");
  const text = content(bundled, script);
  const kept = await cached("call-script", { [script]: text }, (made) => writeFile(join(made, script), text));
  const scriptFile = join(kept, script);
  // Pulumi compares only the file's path and would not notice a removed or damaged file, so this line rewrites the
  // file.
  if (!existsSync(scriptFile) || content(kept, script) !== text) await writeFile(scriptFile, text);
  return {
    content: {
      "call.html": content(folder, "call.html"),
      "call.css": content(folder, "call.css"),
      "call.js": text,
      "call.svg": content(folder, "call.svg"),
    },
    scriptFile,
  };
}

/** Bundles the page's only script. @param outFolder folder for the script */
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
