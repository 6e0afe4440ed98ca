import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fromProject, kindOf, selectKinds, startFirst, testKinds } from "../../../scripts/testing/kinds";
import { projectFolder } from "../../../stacks/env";
import { simulatorNumbers, stackNumbers } from "../../support/numbers";

const testFiles = readdirSync(join(projectFolder, "test"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => `test/${file}`);

const names = (selection: Partial<Parameters<typeof selectKinds>[0]>) =>
  selectKinds({ all: false, only: [], files: [], ...selection }).map(({ name }) => name);

test("every test file is of a kind, and every kind has a test file", () => {
  expect(testFiles.filter((file) => kindOf(file) === undefined)).toEqual([]);
  const found = new Set(testFiles.map((file) => kindOf(file)?.name));
  expect([...found].sort()).toEqual(testKinds.map(({ name }) => name).sort());
});

test("a run starts with files that exist", () => {
  expect(startFirst.length).toBeGreaterThan(0);
  expect(startFirst.filter((file) => !testFiles.includes(file))).toEqual([]);
});

test("no test file is of two kinds", () => {
  const folders = testKinds.map(({ files }) => `test/${files.replace("**", "")}`);
  for (const file of testFiles) expect(folders.filter((folder) => file.startsWith(folder))).toHaveLength(1);
});

test("without a selection the quick kinds run, with --all every kind", () => {
  expect(names({})).toEqual(["stack", "components", "unit"]);
  expect(names({ all: true })).toEqual(testKinds.map(({ name }) => name));
});

test("--only and files select their own kinds", () => {
  expect(names({ only: ["unit", "aws"] })).toEqual(["aws", "unit"]);
  expect(names({ files: ["test/integration/local/smoke.test.ts"] })).toEqual(["local"]);
});

test("what is no test file has no kind", () => {
  for (const file of ["test/support/stack.ts", "scripts/test.ts", "test/golden/prod.json"]) {
    expect(kindOf(file)).toBeUndefined();
  }
});

test("a path is taken from where the user is", () => {
  expect(fromProject(projectFolder, join(projectFolder, "test/unit/run.test.ts"))).toBe("test/unit/run.test.ts");
});

test.each([
  ["local stacks", stackNumbers],
  ["simulated AWS accounts", simulatorNumbers],
])("%s of test files have numbers of their own", (_, numbers) => {
  const all = Object.values(numbers);
  expect(new Set(all).size).toBe(all.length);
  expect(Math.max(...all)).toBeLessThan(50);
});
