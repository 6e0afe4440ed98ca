import { relative } from "node:path";
import { textTable } from "../lib/table";
import { kindOf } from "./kinds";

/** The part of jest's `--json` output that is used here: https://jestjs.io/docs/cli#--json */
export interface JestResults {
  readonly testResults: readonly {
    readonly name: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      /** Milliseconds. Missing for a test that did not run. */
      readonly duration?: number | null;
    }[];
  }[];
}

export interface TestResult {
  /** Full name, with the names of its suites. For a skipped test, it includes the reason. */
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
  readonly seconds: number;
}

/** Results of one test file. `processorSeconds` is the CPU time of its process and children, without containers. */
export interface FileReport {
  readonly file: string;
  readonly kind: string;
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly tests: readonly TestResult[];
}

/** A whole run, as `npm test -- --json FILE` writes it. */
export interface TestReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** Processor use of the whole machine during the run, containers included. */
  readonly processorsBusyPercent: number;
  /** Test files, slowest first. */
  readonly files: readonly FileReport[];
}

const slowestFiles = 10;

/**
 * Joins jest's results with the processor time of each file.
 * @param processorSeconds by file path
 */
export function fileReports(
  { testResults }: JestResults,
  processorSeconds: ReadonlyMap<string, number>,
  project: string,
): FileReport[] {
  return testResults.map(({ name, startTime, endTime, status, assertionResults }) => {
    const file = relative(project, name);
    const tests = assertionResults.map(testResult);
    // A file that fails to load has no test results, but counts as a failed test.
    const broken = status === "failed" && count(tests, "failed") === 0;
    return {
      file,
      kind: kindOf(file)?.name ?? "",
      seconds: Math.max(0, endTime - startTime) / 1000,
      processorSeconds: processorSeconds.get(name) ?? 0,
      tests: broken ? [...tests, { name: "the file loads", status: "failed", seconds: 0 }] : tests,
    };
  });
}

function testResult({ fullName, status, duration }: JestResults["testResults"][0]["assertionResults"][0]): TestResult {
  const ran = status === "passed" || status === "failed";
  return { name: fullName, status: ran ? status : "skipped", seconds: (duration ?? 0) / 1000 };
}

export function testReport(
  files: readonly FileReport[],
  run: Pick<TestReport, "seconds" | "processorsBusyPercent">,
): TestReport {
  return { ...counts(files), ...run, files: files.toSorted((one, other) => other.seconds - one.seconds) };
}

export function hasFailure(files: readonly FileReport[]): boolean {
  return counts(files).failed > 0;
}

function counts(files: readonly FileReport[]): Record<TestResult["status"], number> {
  const tests = files.flatMap(({ tests }) => tests);
  return { passed: count(tests, "passed"), failed: count(tests, "failed"), skipped: count(tests, "skipped") };
}

function count(tests: readonly TestResult[], status: TestResult["status"]): number {
  return tests.filter((test) => test.status === status).length;
}

/** Renders the summary of a run: the slowest files, totals per kind, skipped tests with their reason, and counts. */
export function renderReport(report: TestReport): string {
  const { passed, failed, skipped, seconds, processorsBusyPercent, files } = report;
  return [
    slowest(files.slice(0, slowestFiles)),
    perKind(files),
    ...files.flatMap(({ file, tests }) =>
      tests.filter(({ status }) => status === "skipped").map(({ name }) => `not run: ${file}: ${name}`),
    ),
    `${duration(seconds)} in all, ${processorsBusyPercent.toFixed(0)} % of the processors busy`,
    `Tests: ${passed} passed, ${failed} failed, ${skipped} skipped`,
  ].join("\n");
}

function slowest(files: readonly FileReport[]): string {
  const rows = files.map(({ file, seconds, processorSeconds }) => [file, ...[seconds, processorSeconds].map(duration)]);
  return table(["slowest files", "wall", "processor"], rows);
}

function perKind(files: readonly FileReport[]): string {
  const kinds = [...new Set(files.map(({ kind }) => kind))].map((kind) => {
    const of = files.filter((file) => file.kind === kind);
    const { passed, failed, skipped } = counts(of);
    const sum = (seconds: (file: FileReport) => number) => of.reduce((total, file) => total + seconds(file), 0);
    const times = [sum(({ seconds }) => seconds), sum(({ processorSeconds }) => processorSeconds)].map(duration);
    return [kind, ...[of.length, passed, failed, skipped].map(String), ...times];
  });
  return table(["kind", "files", "passed", "failed", "skipped", "wall", "processor"], kinds);
}

function table([first = "", ...numbers]: readonly string[], rows: readonly (readonly string[])[]): string {
  return textTable([first, ...numbers], rows, ["left", ...numbers.map(() => "right" as const)]);
}

function duration(seconds: number): string {
  return seconds < 120 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`;
}
