import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { Option } from "commander";
import { throwIfAny } from "../../model/user-error";
import { locked } from "../../stacks/cache";
import { projectFolder } from "../../stacks/env";
import { replaceFile } from "../../stacks/replace-file";
import { command, exitCodes, runMain } from "../lib/cli";
import { printError } from "../lib/print";
import { run, runJest } from "../testing/jest";
import { fromProject, kindOf, selectKinds, type TestKind, testKinds } from "../testing/kinds";
import { removeLeftovers } from "../testing/leftovers";
import { type FileReport, hasFailure, renderReport, testReport } from "../testing/report";
import { ensureTestTools } from "../testing/tools";

runMain(async () => {
  const parsed = command("test")
    .description(
      "Checks style and types, then runs the tests: the quick ones, or with --all every test that this machine can " +
        "run. Installs missing tools first.",
    )
    .argument("[files...]", "run these test files only, such as test/unit/run.test.ts")
    .option("--all", "run every kind of test")
    .addOption(
      new Option("--only <kinds...>", "run these kinds of tests only").choices(testKinds.map(({ name }) => name)),
    )
    .option("--json <file>", "write the results and times of each test file to this file")
    .parse();
  const { all = false, only = [], json } = parsed.opts<{ all?: boolean; only?: string[]; json?: string }>();
  const files = parsed.args.map((path) => fromProject(projectFolder, path));
  rejectUnknown(files);
  const measure = startMeasuring();
  if (only.length + files.length === 0 && !(await run("npm", ["run", "lint"]))) return exitCodes.failed;
  const reports = await runKinds(selectKinds({ all, only, files }), files);
  const report = testReport(reports, measure());
  if (json) replaceFile(resolve(json), `${JSON.stringify(report, undefined, 2)}\n`, 0o644);
  printError(renderReport(report));
  return report.failed === 0 ? exitCodes.done : exitCodes.failed;
});

/** Runs the tests that need no tools (seconds) first. If they pass, runs the tests that need tools (minutes). */
async function runKinds(kinds: readonly TestKind[], files: readonly string[]): Promise<FileReport[]> {
  const without = kinds.filter(({ needs }) => needs === "nothing");
  const withTools = kinds.filter(({ needs }) => needs !== "nothing");
  const first = without.length === 0 ? [] : await runJest(without, files, {});
  if (withTools.length === 0 || hasFailure(first)) return first;
  const { docker, environment } = await ensureTestTools(withTools);
  // The tests use fixed names and ports, so only one test run at a time is possible on a machine.
  const runAlone = async () => {
    await removeLeftovers(docker, printError);
    return runJest(withTools, files, environment);
  };
  return [...first, ...(await locked("tests", runAlone, printError))];
}

function rejectUnknown(files: readonly string[]): void {
  throwIfAny(
    files
      .filter((file) => kindOf(file) === undefined || !existsSync(resolve(projectFolder, file)))
      .map((value) => ({
        key: "file",
        value,
        rule: "each argument must be a test file (*.test.ts) below a folder that test/kinds.json lists",
        fix: "List the test files with: npx jest --listTests",
      })),
  );
}

/**
 * Starts measuring. The returned function reports the elapsed time and the machine's CPU utilisation by all processes.
 */
function startMeasuring() {
  const before = { at: performance.now(), ...processorTimes() };
  return () => {
    const { busy, total } = processorTimes();
    const processorsBusyPercent = (100 * (busy - before.busy)) / Math.max(1, total - before.total);
    return { seconds: (performance.now() - before.at) / 1000, processorsBusyPercent };
  };
}

function processorTimes(): { readonly busy: number; readonly total: number } {
  const times = cpus().map(
    ({ times: { idle, ...busy } }) => [Object.values(busy).reduce((a, b) => a + b), idle] as const,
  );
  const busy = times.reduce((sum, [busy]) => sum + busy, 0);
  return { busy, total: times.reduce((sum, [, idle]) => sum + idle, busy) };
}
