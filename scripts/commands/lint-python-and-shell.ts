import { command, exitCodes, runMain } from "../lib/cli";
import { printError } from "../lib/print";
import { lintPythonAndShell } from "../lint/lint";
import { thisMachine } from "../toolchain/machine";
import { toStandardError } from "../toolchain/output";

const help = `
\`npm run lint\` runs this. It installs the linters from PyPI into the cache, the first time. Without Python and pip it checks
nothing and reports it; it fails where CI=true.

Exit code: 0 nothing found or nothing checked; 1 a linter reports something; 2 wrong usage.`;

runMain(async () => {
  command("lint-python-and-shell")
    .description("Checks Python files with ruff and mypy, and shell files with ShellCheck.")
    .addHelpText("after", help)
    .parse();
  const found = await lintPythonAndShell(thisMachine, toStandardError);
  for (const output of found) printError(output);
  return found.length === 0 ? exitCodes.done : exitCodes.failed;
});
