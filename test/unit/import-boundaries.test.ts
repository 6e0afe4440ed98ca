import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { projectFolder } from "../../stacks/env";

const rejected = [
  ["model/new.ts", "@pulumi/aws"],
  ["model/new.ts", "node:fs"],
  ["model/new.ts", "../templates/emit"],
  ["templates/new.ts", "../components/local/stack"],
  ["components/aws/new.ts", "../../stacks/env"],
  ["stacks/new.ts", "../scripts/lib/cli"],
  ["policy/new.ts", "../scripts/lib/cli"],
  ["images/new.ts", "../stacks/env"],
  ["packages/provider-kit/new.ts", "../../model/fleet"],
  ["packages/provider-kit/new.ts", "../aws-simulator/network/state"],
  ["packages/fallback-providers/new.ts", "../aws-simulator/network/state"],
  ["packages/aws-simulator/network/new.ts", "../../../scripts/lib/cli"],
  ["scripts/lib/new.ts", "../../packages/aws-simulator/network/state"],
  ["scripts/lib/new.ts", "@aws-sdk/client-s3"],
  ["scripts/testing/new.ts", "../../test/support/sockets"],
  ["packages/aws-simulator/test/unit/new.ts", "../../../../components/aws/stack"],
  ["packages/aws-simulator/test/unit/new.ts", "../../../../page/report"],
  ["packages/aws-simulator/test/unit/new.ts", "../../../../stacks/program"],
  ["packages/aws-simulator/test/unit/new.ts", "../../../../scripts/lib/cli"],
  ["packages/aws-simulator/test/unit/new.ts", "../../../../scripts/rehearsal/workspace"],
  ["packages/fallback-providers/test/unit/new.ts", "../../../aws-simulator/network/state"],
  ["packages/fallback-providers/test/unit/new.ts", "../../../../scripts/preview/report"],
  ["packages/provider-kit/test/unit/new.ts", "../../../../test/support/machine"],
  ["test/support/new.ts", "@aws-sdk/client-s3"],
  ["page/new.ts", "../model/fleet"],
] as const;

const accepted = [
  ["templates/new.ts", "../model/fleet"],
  ["components/aws/new.ts", "../../templates/bundle"],
  ["stacks/new.ts", "../components/local/stack"],
  ["packages/aws-simulator/provider/new.ts", "../../provider-kit/server"],
  ["packages/aws-simulator/provider/new.ts", "@aws-sdk/client-s3"],
  ["packages/aws-simulator/test/integration/new.ts", "../../../../test/support/machine"],
  ["packages/aws-simulator/test/integration/new.ts", "@aws-sdk/client-s3"],
  ["packages/aws-simulator/test/unit/new.ts", "../../../../model/images"],
  ["packages/aws-simulator/test/unit/new.ts", "../../../../stacks/env"],
  ["packages/fallback-providers/test/unit/new.ts", "../../../../scripts/toolchain/rehearsal"],
  ["test/support/new.ts", "../../packages/aws-simulator/sdk/s3"],
  ["scripts/rehearsal/new.ts", "../../packages/aws-simulator/network/state"],
  ["scripts/testing/new.ts", "../../test/kinds.json"],
] as const;

/** Path of a file with this one import, below a copy of the linter's configuration. */
const path = ([file, module]: readonly [string, string]) => join(dirname(file), `${module.replace(/\W+/g, "-")}.ts`);

test("the linter rejects imports that are not allowed in a folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "import-boundaries-"));
  copyFileSync(join(projectFolder, "biome.json"), join(folder, "biome.json"));
  for (const row of [...rejected, ...accepted]) {
    mkdirSync(join(folder, dirname(path(row))), { recursive: true });
    writeFileSync(join(folder, path(row)), `import { used } from "${row[1]}";\n\nconsole.log(used);\n`);
  }
  const biome = join(projectFolder, "node_modules/@biomejs/biome/bin/biome");
  const args = [biome, "lint", "--reporter=github", "--max-diagnostics=none", "--vcs-enabled=false"];
  const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  rmSync(folder, { recursive: true });
  const found = [...stdout.matchAll(/title=lint\/style\/noRestrictedImports,file=([^,]+),/g)].map(([, file = ""]) =>
    relative(folder, file),
  );
  expect(found.sort()).toEqual(rejected.map(path).sort());
});

/** Lists the files of these folders that `require` a module that matches. The linter does not check `require`. */
function requiring(module: RegExp, ...folders: readonly string[]): string[] {
  const files = folders.flatMap((folder) =>
    readdirSync(join(projectFolder, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.[cm]?[jt]s$/.test(file))
      .map((file) => join(folder, file)),
  );
  return files.filter((file) =>
    [...readFileSync(join(projectFolder, file), "utf8").matchAll(/\brequire\(["`]([^"`]+)/g)].some(([, name = ""]) =>
      module.test(name),
    ),
  );
}

test("production code requires neither the AWS simulator nor an AWS SDK, and tests require no AWS SDK", () => {
  const product = ["components", "images", "model", "page", "policy", "scripts", "stacks", "templates"];
  expect(requiring(/^\.\.\/\.\.\/stacks\/program$/, ...product)).toContain("scripts/lib/engine.ts");
  expect(requiring(/packages\/aws-simulator\/|^@aws-sdk\//, ...product)).toEqual([]);
  expect(requiring(/^@aws-sdk\//, "test")).toEqual([]);
});

test("the layers below scripts/ require no module of scripts/", () => {
  const folders = ["components", "images", "model", "page", "stacks", "templates"];
  expect(requiring(/\/scripts\//, ...folders)).toEqual([]);
});

test("the policy pack requires only the TypeScript loader of scripts/", () => {
  expect(requiring(/\/scripts\/lib\/typescript\.cjs$/, "policy")).toEqual(["policy/index.cjs"]);
  expect(requiring(/\/scripts\/(?!lib\/typescript\.cjs$)/, "policy")).toEqual([]);
});
