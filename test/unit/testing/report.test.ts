import {
  type FileReport,
  fileReports,
  hasFailure,
  renderReport,
  type TestResult,
  testReport,
} from "../../../scripts/testing/report";

const project = "/project";
const run = { seconds: 125, processorsBusyPercent: 87.4 };

const jestFile = (name: string, startTime: number, endTime: number, ...tests: [string, string, number?][]) => ({
  name: `${project}/${name}`,
  startTime,
  endTime,
  status: tests.some(([, status]) => status === "failed") ? "failed" : "passed",
  assertionResults: tests.map(([fullName, status, duration]) => ({ fullName, status, ...(duration && { duration }) })),
});

const passed: TestResult = { name: "passes", status: "passed", seconds: 0.1 };
const failed: TestResult = { name: "fails", status: "failed", seconds: 0.1 };
const skipped: TestResult = { name: "fills a disk (needs root)", status: "skipped", seconds: 0 };

const file = (name: string, more: Partial<FileReport> = {}): FileReport => ({
  file: `test/unit/${name}.test.ts`,
  kind: "unit",
  seconds: 1,
  processorSeconds: 0.5,
  tests: [passed],
  ...more,
});

test("the report of a test file combines jest's results with processor time", () => {
  const tests: Parameters<typeof jestFile>[3][] = [
    ["a", "passed", 1500],
    ["b (needs root)", "pending"],
  ];
  const results = { testResults: [jestFile("test/integration/local/faults.test.ts", 1000, 3500, ...tests)] };
  const times = new Map([[`${project}/test/integration/local/faults.test.ts`, 1.25]]);
  expect(fileReports(results, times, project)).toEqual([
    {
      file: "test/integration/local/faults.test.ts",
      kind: "local",
      seconds: 2.5,
      processorSeconds: 1.25,
      tests: [
        { name: "a", status: "passed", seconds: 1.5 },
        { name: "b (needs root)", status: "skipped", seconds: 0 },
      ],
    },
  ]);
});

test("a test file that does not load counts as a failure", () => {
  const results = { testResults: [{ ...jestFile("test/unit/a.test.ts", 0, 0), status: "failed" }] };
  const reports = fileReports(results, new Map(), project);
  expect(hasFailure(reports)).toBe(true);
  expect(testReport(reports, run)).toMatchObject({ passed: 0, failed: 1 });
});

test("the report of a test run counts tests and lists the slowest file first", () => {
  const report = testReport([file("quick"), file("slow", { seconds: 9, tests: [failed, failed, skipped] })], run);
  expect(report).toMatchObject({ passed: 1, failed: 2, skipped: 1, ...run });
  expect(report.files.map(({ file }) => file)).toEqual(["test/unit/slow.test.ts", "test/unit/quick.test.ts"]);
});

describe("the summary of a test run", () => {
  const files = Array.from({ length: 12 }, (_, index) => file(`f${index}`, { seconds: index }));
  const text = renderReport(testReport([...files, file("root", { tests: [passed, skipped] })], run));
  const lines = text.split("\n");

  it("lists the ten slowest test files with their times", () => {
    const listed = lines.filter((line) => line.includes(".test.ts") && line.includes("│"));
    expect(listed).toHaveLength(10);
    expect(listed[0]).toMatch(/test\/unit\/f11\.test\.ts .* 11\.0 s .* 0\.5 s/);
    expect(text).not.toContain("f1.test.ts");
  });

  it("totals the tests of each kind", () => {
    expect(text).toMatch(/│ unit +│ +13 │ +13 │ +0 │ +1 │ +67\.0 s │ +6\.5 s │/);
  });

  it("lists each test that did not run, with its reason", () => {
    expect(lines).toContain("not run: test/unit/root.test.ts: fills a disk (needs root)");
  });

  it("ends with a line of the run's time and a line of the test counts", () => {
    expect(lines.slice(-2)).toEqual([
      "2.1 min in all, 87 % of the processors busy",
      "Tests: 13 passed, 0 failed, 1 skipped",
    ]);
  });
});
