import { CommandFailure } from "../../model/errors/command-failure";
import { installPackages } from "./apt";
import { type Machine, mayInstall, type Progress } from "./machine";

/** Thrown if there is no Python with pip and none may be installed. The caller adds the fix. */
export class NoPip extends Error {
  constructor() {
    super("there is no Python with pip");
    this.name = "NoPip";
  }
}

/**
 * Installs prebuilt packages from PyPI into a separate folder.
 * @param args packages to install, and pip's options
 * @throws NoPip or CommandFailure
 */
export async function pipInstall(
  target: string,
  args: readonly string[],
  machine: Machine,
  progress: Progress,
): Promise<void> {
  const python = await pythonWithPip(machine, progress);
  const options = ["--only-binary", ":all:", "--no-input", "--target", target];
  await machine.run(python, ["-m", "pip", "install", ...options, ...args], { progress });
}

async function pythonWithPip(machine: Machine, progress: Progress): Promise<string> {
  const python = machine.which("python3");
  if (python && (await hasPip(python, machine))) return python;
  if (!mayInstall(machine)) throw new NoPip();
  progress("installing pip");
  await installPackages(machine, ["python3-pip", "ca-certificates"], progress);
  return machine.which("python3") ?? "python3";
}

function hasPip(python: string, machine: Machine): Promise<boolean> {
  return machine.run(python, ["-m", "pip", "--version"]).then(
    () => true,
    (error: unknown) => {
      if (error instanceof CommandFailure) return false;
      throw error;
    },
  );
}
