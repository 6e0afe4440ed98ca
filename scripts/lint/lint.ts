import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectFolder } from "../../stacks/env";
import { ensureLinters, type Linters } from "../toolchain/linters";
import { CommandFailure, cannot, type Machine, type Progress } from "../toolchain/machine";
import { NoPip } from "../toolchain/pip";
import { listScripts, renderedScripts } from "./files";
import { findings } from "./findings";

const fix = "Install git and Python 3.10 or newer with pip, then run: npm run lint";

/**
 * Checks every Python and shell file of the project, and the scripts that it renders.
 * @returns the output of each linter that reports something
 * @throws UserError in CI, if the linters can't be installed; elsewhere progress reports it
 */
export async function lintPythonAndShell(machine: Machine, progress: Progress): Promise<string[]> {
  const inCi = machine.env["CI"] === "true";
  try {
    // A style check installs no package of the system on a user's machine.
    const linters = await ensureLinters(inCi ? machine : { ...machine, root: false }, progress);
    return await lintAll(await listScripts(projectFolder, machine), linters);
  } catch (error) {
    if (!(error instanceof NoPip) && !(error instanceof CommandFailure)) throw error;
    if (inCi) throw cannot("Python and shell files", `can't be checked: ${error.message}`, fix);
    progress(`Python and shell files were not checked: ${error.message}. ${fix}`);
    return [];
  }
}

async function lintAll(files: readonly string[], linters: Linters): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "livekit-stack-lint-"));
  try {
    const rendered = Object.entries(renderedScripts()).map(([name, text]) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    });
    return await findings([...files, ...rendered], linters);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
