import { execFile } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { projectFolder } from "../../stacks/env";
import type { Linters } from "../toolchain/linters";
import { hasShebang, isPython } from "./files";

/** Excludes SC1007, a warning about `name= other=`: this project sets empty variables that way. */
const shellcheckOptions = ["--severity=warning", "--exclude=SC1007"];

/**
 * Checks Python files with ruff and mypy, and the other files with ShellCheck. The rules for the node's agent are in
 * the agent's pyproject.toml, the rules for other Python files in the project's pyproject.toml.
 * @param files absolute, or relative to the project's folder
 * @returns the output of each linter that reports something
 */
export async function findings(files: readonly string[], linters: Linters): Promise<string[]> {
  const python = files.filter(isPython);
  const agent = python.filter((file) => file.startsWith("agent/"));
  const others = python.filter((file) => !agent.includes(file));
  const shell = files.filter((file) => !isPython(file));
  const outputs = await Promise.all([
    runOn(python, linters.ruff, ["check", "--no-cache", "--output-format=concise"]),
    mypy(agent, "agent/pyproject.toml", linters),
    mypy(others, "pyproject.toml", linters),
    ...[true, false].map((named) =>
      runOn(
        shell.filter((file) => hasShebang(resolve(projectFolder, file)) === named),
        linters.shellcheck,
        [...shellcheckOptions, "--format=gcc", ...(named ? [] : ["--shell=sh"])],
      ),
    ),
  ]);
  return outputs.filter((output) => output !== "");
}

/** Runs mypy. Its results depend on the configuration, so each configuration file has its own cache. */
function mypy(files: readonly string[], config: string, linters: Linters): Promise<string> {
  const { python, pythonPath, mypyCache } = linters;
  // A cache of files, because concurrent runs would lock each other out of an SQLite cache.
  const caching = ["--no-sqlite-cache", `--cache-dir=${join(mypyCache, dirname(config))}`];
  const args = ["-m", "mypy", `--config-file=${config}`, "--no-error-summary", ...caching];
  return runOn(files, python, args, { PYTHONPATH: pythonPath, MYPYPATH: "" });
}

/** Returns what a linter prints about files; empty if its exit code is 0. */
function runOn(
  files: readonly string[],
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  if (files.length === 0) return Promise.resolve("");
  const options = { cwd: projectFolder, env: { ...process.env, ...env }, maxBuffer: Number.POSITIVE_INFINITY };
  return new Promise((done) =>
    execFile(command, [...args, ...files], options, (error, stdout, stderr) =>
      done(error ? `${stdout}${stderr}`.trim() || error.message : ""),
    ),
  );
}
