import { CommandFailure } from "../../model/errors/command-failure";
import { cannot } from "../../model/user-error";
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
 * Installs the prebuilt packages of a requirements file from PyPI into a separate folder. pip rejects a package without
 * a hash in the file, and a package with another hash.
 * @param options of pip. @default none
 * @throws NoPip or CommandFailure, or UserError for another hash
 */
export async function pipInstall(
  target: string,
  requirements: string,
  machine: Machine,
  progress: Progress,
  options: readonly string[] = [],
): Promise<void> {
  const python = await pythonWithPip(machine, progress);
  const always = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-input", "--target", target];
  const args = ["-m", "pip", "install", ...always, ...options, "--requirement", requirements];
  await machine.run(python, args, { progress }).catch((error: unknown) => {
    if (!(error instanceof CommandFailure) || !anotherHash.test(error.output)) throw error;
    throw cannot(
      requirements,
      `pip rejected a package whose hash is not in this file: ${error.output}`,
      "Check pip's package index (`pip config list`), then run this again",
    );
  });
}

/** pip's last line about a package with another hash. */
const anotherHash = /^\s*Got\s+[0-9a-f]{64}$/m;

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
