import { CommandFailure } from "../../model/errors/command-failure";
import { cannot } from "../../model/user-error";
import { projectFolder } from "../../stacks/env";
import { ensureLinters } from "../toolchain/linters";
import type { Machine, Progress } from "../toolchain/machine";
import { NoPip } from "../toolchain/pip";
import { listScripts } from "./files";
import { findings } from "./findings";

const fix = "Install git and Python 3.10 or newer with pip, then run: npm run lint";

/**
 * Checks every Python and shell file of the project. If the linters can't be installed, only CI fails.
 * @param progress receives that failure outside CI
 * @returns the output of each linter that reports something
 * @throws UserError in CI, if the linters can't be installed
 */
export async function lintPythonAndShell(machine: Machine, progress: Progress): Promise<string[]> {
  const inCi = machine.env["CI"] === "true";
  try {
    // A style check must not install system packages on a user's machine, so outside CI it runs as if without root.
    const linters = await ensureLinters(inCi ? machine : { ...machine, root: false }, progress);
    return await findings(await listScripts(projectFolder, machine), linters);
  } catch (error) {
    if (!(error instanceof NoPip) && !(error instanceof CommandFailure)) throw error;
    if (inCi) throw cannot("Python and shell files", `these files can't be checked: ${error.message}`, fix);
    progress(`Python and shell files were not checked: ${error.message}. ${fix}`);
    return [];
  }
}
