import { CommandFailure } from "../../model/errors/command-failure";
import { cannot, fixAbove } from "../../model/user-error";
import { locked } from "../../stacks/cache";
import type { Machine, Progress } from "./machine";

/** Installs Debian or Ubuntu packages on this machine. Call it only if `mayInstall` is true. */
export async function installPackages(
  machine: Machine,
  packages: readonly string[],
  progress: Progress,
): Promise<void> {
  const apt = (...args: string[]) =>
    machine.run("apt-get", ["-o", "DPkg::Lock::Timeout=300", ...args], {
      env: { DEBIAN_FRONTEND: "noninteractive" },
      progress,
    });
  await locked(
    "apt",
    async () => {
      await apt("update");
      await apt("install", "--yes", "--no-install-recommends", ...packages);
    },
    progress,
  ).catch((error: unknown) => {
    if (!(error instanceof CommandFailure)) throw error;
    throw cannot(
      error.command,
      `the command failed: ${error.output}`,
      `${fixAbove} (check the network, the disk and apt's sources), or install by hand: apt-get install ${packages.join(" ")}`,
    );
  });
}

export interface AptMirrors {
  /** URI of Debian's main archive in this machine's apt sources. */
  readonly archive?: string;
  readonly security?: string;
}

/** Returns the mirrors from which this Debian machine installs packages; none on other systems. */
export async function aptMirrors(machine: Machine): Promise<AptMirrors> {
  if (machine.distribution.id !== "debian") return {};
  // Queries apt itself: its sources come in two formats and many files.
  const targets = await machine.run("apt-get", [
    "indextargets",
    "--format",
    "$(RELEASE) $(REPO_URI)",
    "Created-By: Packages",
  ]);
  const uriOf = new Map(targets.split("\n").map((line) => line.split(" ", 2) as [string, string]));
  const { codename } = machine.distribution;
  const [archive, security] = [uriOf.get(codename), uriOf.get(`${codename}-security`)];
  return { ...(archive && { archive }), ...(security && { security }) };
}
