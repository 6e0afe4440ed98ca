import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { git } from "../../../scripts/release/git";
import { projectFolder } from "../../../stacks/env";

/** A command that requires one export and, lazily, another one. */
const files = {
  "scripts/commands/greet.ts": `import { one } from "../lib/greeting";

const { two } = require("../lib/greeting") as typeof import("../lib/greeting");
console.log(one, two);
`,
  "scripts/lib/greeting.ts": `export const [one, two] = [1, 2];
export const three = 3;
`,
  "scripts/lib/forgotten.ts": "export const four = 4;\n",
};

interface Issues extends Readonly<Record<"files" | "exports" | "dependencies", readonly { readonly name: string }[]>> {
  readonly file: string;
}

test("lint reports an export, a file and a package that nothing uses", () => {
  const folder = mkdtempSync(join(tmpdir(), "dead-exports-"));
  try {
    cpSync(join(projectFolder, "knip.config.js"), join(folder, "knip.config.js"));
    const dependencies = { "left-pad": "1.3.0" };
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "stack", dependencies }));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const knip = join(projectFolder, "node_modules/knip/bin/knip.js");
    const args = [knip, "--no-progress", "--no-config-hints", "--reporter=json"];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    const { issues } = JSON.parse(stdout) as { issues: readonly Issues[] };
    const found = issues.flatMap(({ file, files, exports, dependencies }) =>
      [...files, ...exports, ...dependencies].map(({ name }) => [file, name]),
    );
    expect(status).toBe(1);
    expect(found.toSorted()).toEqual([
      ["package.json", "left-pad"],
      ["scripts/lib/forgotten.ts", "scripts/lib/forgotten.ts"],
      ["scripts/lib/greeting.ts", "three"],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("every file that knip.config.js lists as an entry by its path, without a pattern, is mentioned in another file", () => {
  const { workspaces } = require("../../../knip.config.js") as { workspaces: { ".": { entry: readonly string[] } } };
  const single = workspaces["."].entry.flatMap(expanded).filter((path) => !path.includes("*"));
  expect(single).toContain("test/support/pulumi-program.ts");
  const others = ["--", ".", ":!knip.config.js", ":!test/unit/lint/dead-exports.test.ts"];
  for (const path of single) {
    // `git grep` fails if no other file names this one.
    git(projectFolder, "-c", "safe.directory=*", "grep", "--quiet", "--fixed-strings", basename(path), ...others);
  }
});

/** Expands the braces of a pattern. */
function expanded(pattern: string): string[] {
  const [, start = "", choices, end = ""] = /^(.*?)\{(.*?)\}(.*)$/.exec(pattern) ?? [];
  return choices?.split(",").flatMap((choice) => expanded(start + choice + end)) ?? [pattern];
}
