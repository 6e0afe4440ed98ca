import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { project } from "../../support/documents";

const folder = mkdtempSync(join(tmpdir(), "fake-jest-"));
const fakeJest = join(folder, "jest.cjs");

beforeAll(() => {
  const option = 'process.argv.find((arg) => arg.startsWith("--outputFile=")).slice("--outputFile=".length)';
  writeFileSync(
    fakeJest,
    `if (process.env.CODE === "killed") process.kill(process.pid, "SIGKILL");
    require("node:fs").writeFileSync(${option}, process.env.RESULTS); process.exitCode = Number(process.env.CODE);`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs in a separate process: execa is an ES module. */
const script = `
  const Module = require("node:module");
  const resolve = Module._resolveFilename;
  Module._resolveFilename = (name, ...rest) => name === "jest/bin/jest" ? process.env.FAKE_JEST : resolve(name, ...rest);
  const { runJest } = require("./scripts/testing/jest");
  const tests = (reports) => reports.flatMap(({ tests }) => tests.map(({ status }) => status));
  runJest([{ name: "unit", needs: "nothing" }], [], {}).then(
    (reports) => console.log(JSON.stringify(tests(reports))),
    (error) => console.log(error.message),
  );`;

/** Returns what {@link runJest} reports for jest's exit code and one file per test status. */
function outcome(code: number | "killed", ...statuses: readonly string[]): string {
  const file = (status: string) => ({
    name: join(project, "test/unit/a.test.ts"),
    startTime: 0,
    endTime: 1,
    status,
    assertionResults: [{ fullName: "a", status }],
  });
  const env = {
    ...process.env,
    FAKE_JEST: fakeJest,
    CODE: `${code}`,
    RESULTS: JSON.stringify({ testResults: statuses.map(file) }),
  };
  const loader = ["--require", "./scripts/lib/typescript.cjs"];
  return spawnSync(process.execPath, [...loader, "-e", script], { cwd: project, env, encoding: "utf8" }).stdout.trim();
}

test.each([
  [
    "fails although every test passes",
    1,
    ["passed"],
    "jest: the test run failed although no test failed, for example because a worker crashed. Fix the error above and run the command again",
  ],
  ["runs no test", 0, [], "jest: the test run contained no test. Fix the error above and run the command again"],
  [
    "is killed",
    "killed",
    [],
    "jest: the test run ended without results, for example because jest was killed. Fix the error above and run the command again",
  ],
  ["fails because a test fails", 1, ["passed", "failed"], '["passed","failed"]'],
  ["passes", 0, ["passed"], '["passed"]'],
] as const)("reports a run of jest that %s", (_, code, statuses, said) => {
  expect(outcome(code, ...statuses)).toBe(said);
});
