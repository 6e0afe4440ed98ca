import { join } from "node:path";
import { readInputs } from "../../images/inputs";
import { cached, cachePath } from "../../stacks/cache";
import type { Machine, Progress } from "./machine";
import { pipInstall } from "./pip";

/** Linters of Python and shell files, as installed from PyPI. */
export interface Linters {
  readonly ruff: string;
  readonly shellcheck: string;
  readonly python: string;
  /** PYTHONPATH of mypy and of the types that it reads. */
  readonly pythonPath: string;
  /** Folder in which mypy keeps results for its next run. */
  readonly mypyCache: string;
}

const requirements = "requirements.txt";
const requirementsFolder = join(__dirname, "../lint");

/**
 * Installs the linters into the cache.
 * @throws NoPip or CommandFailure
 */
export async function ensureLinters(machine: Machine, progress: Progress): Promise<Linters> {
  const python = machine.which("python3");
  const said = python ? await machine.run(python, ["--version"]) : "";
  const folder = await cached(
    "linters",
    inputs(said),
    async (target) => {
      progress("installing ruff, mypy and ShellCheck from PyPI (40 MB)");
      await pipInstall(packagesIn(target), join(requirementsFolder, requirements), machine, progress);
    },
    progress,
  );
  return lintersIn(folder, machine);
}

/** Returns the paths at which the linters for this version of Python are installed, or would be. */
export function lintersFor(pythonVersion: string, machine: Machine): Linters {
  return lintersIn(cachePath("linters", inputs(pythonVersion)), machine);
}

/** Returns the cache key's inputs. They include Python's minor version, for which mypy is compiled. */
function inputs(pythonVersion: string) {
  return { ...readInputs(requirementsFolder, [requirements]), python: /\d+\.\d+/.exec(pythonVersion)?.[0] ?? "" };
}

function lintersIn(folder: string, machine: Machine): Linters {
  const packages = packagesIn(folder);
  return {
    ruff: join(packages, "bin", "ruff"),
    shellcheck: join(packages, "bin", "shellcheck"),
    python: machine.which("python3") ?? "python3",
    pythonPath: packages,
    mypyCache: join(folder, "mypy-cache"),
  };
}

function packagesIn(folder: string): string {
  return join(folder, "packages");
}
