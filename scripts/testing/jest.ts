import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { cannot, fixAbove, type UserError } from "../../model/user-error";
import { projectFolder } from "../../stacks/env";
import { printError } from "../lib/print";
import type { TestKind } from "./kinds";
import { type FileReport, fileReports, hasFailure } from "./report";

/** Maximum number of concurrent test files if they start stacks. Each may use two gigabytes of memory. */
const mostStacks = 4;

/**
 * Runs jest on some kinds of tests and returns a report for each file.
 * @param files limits the run to these; if empty, every file of these kinds runs
 * @throws UserError if jest wrote no results, ran no test, or failed although no test failed (a crashed worker)
 */
export async function runJest(
  kinds: readonly TestKind[],
  files: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<FileReport[]> {
  const folder = mkdtempSync(join(tmpdir(), "livekit-stack-tests-"));
  const [results, times] = [join(folder, "results.json"), join(folder, "times.jsonl")];
  try {
    const selected = ["--selectProjects", ...kinds.map(({ name }) => name)];
    const chosen = files.length > 0 ? ["--runTestsByPath", ...files] : [];
    const output = [`--maxWorkers=${workers(kinds)}`, "--json", `--outputFile=${results}`];
    const args = [require.resolve("jest/bin/jest"), ...selected, ...output, ...chosen];
    const passed = await run(process.execPath, args, { ...env, PROCESSOR_TIMES: times });
    if (!existsSync(results)) throw failed("the test run ended without results, for example because jest was killed");
    const reports = fileReports(JSON.parse(readFileSync(results, "utf8")), readProcessorTimes(times), projectFolder);
    if (reports.length === 0) throw failed("the test run contained no test");
    if (!passed && !hasFailure(reports))
      throw failed("the test run failed although no test failed, for example because a worker crashed");
    return reports;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function failed(because: string): UserError {
  return cannot("jest", because, fixAbove);
}

/** Returns how many files run concurrently: at most one per processor, because media packets arrive late otherwise. */
function workers(kinds: readonly TestKind[]): number {
  const most = kinds.every(({ needs }) => needs === "nothing") ? Number.POSITIVE_INFINITY : mostStacks;
  return Math.min(availableParallelism(), most);
}

/** Runs a command and prints its output to standard error. @returns whether it exited with code 0 */
export async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  printError(`> ${command} ${args.join(" ")}`);
  const { execa } = await import("execa");
  // The output is only progress: results are in files.
  const { exitCode } = await execa(command, args, {
    cwd: projectFolder,
    stdio: ["ignore", process.stderr, process.stderr],
    env,
    reject: false,
  });
  return exitCode === 0;
}

/** Reads the file that test/support/measured-environment.cjs writes: one line per test file. */
function readProcessorTimes(file: string): Map<string, number> {
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  return new Map(
    lines.map((line) => {
      const { path, processorSeconds } = JSON.parse(line) as { path: string; processorSeconds: number };
      return [path, processorSeconds];
    }),
  );
}
