import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fromProject, kindOf, selectKinds, startFirst, testKinds } from "../../../scripts/testing/kinds";
import { projectFolder } from "../../../stacks/env";
import { ownSettings, simulatorNumbers, stackNumbers } from "../../support/numbers";

const packages = readdirSync(join(projectFolder, "packages")).map((name) => `packages/${name}/test`);
const testFiles = ["test", ...packages].flatMap((folder) =>
  readdirSync(join(projectFolder, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => `${folder}/${file}`),
);

const names = (selection: Partial<Parameters<typeof selectKinds>[0]>) =>
  selectKinds({ all: false, only: [], files: [], ...selection }).map(({ name }) => name);

test("every test file has a kind, and every kind has a test file", () => {
  expect(testFiles.filter((file) => kindOf(file) === undefined)).toEqual([]);
  const found = new Set(testFiles.map((file) => kindOf(file)?.name));
  expect([...found].sort()).toEqual(testKinds.map(({ name }) => name).sort());
});

test("every test file that kinds.json starts first exists", () => {
  expect(startFirst.length).toBeGreaterThan(0);
  expect(startFirst.filter((file) => !testFiles.includes(file))).toEqual([]);
});

test("no test file has two kinds", () => {
  const folders = testKinds.flatMap((kind) => kind.folders);
  for (const file of testFiles) expect(folders.filter((folder) => file.startsWith(`${folder}/`))).toHaveLength(1);
});

test("npm test runs the quick kinds by default and every kind with --all", () => {
  expect(names({})).toEqual(["stack", "components", "unit"]);
  expect(names({ all: true })).toEqual(testKinds.map(({ name }) => name));
});

test("--only selects the named kinds of tests, and a test file as an argument selects its own kind", () => {
  expect(names({ only: ["unit", "aws"] })).toEqual(["aws", "unit"]);
  expect(names({ files: ["test/integration/local/smoke.test.ts"] })).toEqual(["local"]);
  expect(names({ files: ["packages/aws-simulator/test/unit/names.test.ts"] })).toEqual(["unit"]);
});

test("files that are not tests have no test kind", () => {
  for (const file of ["test/support/stack.ts", "scripts/commands/test.ts", "test/golden/prod.json"]) {
    expect(kindOf(file)).toBeUndefined();
  }
});

test("resolves the path of a test file from the user's working folder", () => {
  expect(fromProject(projectFolder, join(projectFolder, "test/unit/run.test.ts"))).toBe("test/unit/run.test.ts");
});

test.each([
  ["local stacks", stackNumbers],
  ["simulated AWS accounts", simulatorNumbers],
])("no two test files use the same number for %s", (_, numbers) => {
  const all = Object.values(numbers);
  expect(new Set(all).size).toBe(all.length);
  expect(Math.max(...all)).toBeLessThan(50);
});

test("no two local stacks of the tests use the same port", () => {
  const ports = (Object.keys(stackNumbers) as (keyof typeof stackNumbers)[]).flatMap((name) => {
    const { ports, redis } = ownSettings(name);
    return [...Object.values(ports), redis.port].flatMap((port) => portsOf(`${port}`));
  });
  expect(new Set(ports).size).toBe(ports.length);
  expect(Math.max(...ports)).toBeLessThan(65_536);
});

/** Expands a port or a port range into its ports. */
function portsOf(text: string): number[] {
  const [first = 0, last = first] = text.split("-").map(Number);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
