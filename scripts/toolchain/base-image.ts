import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cannot } from "../../model/user-error";
import { aptMirrors, installPackages } from "./apt";
import { type Machine, mayInstall, type Progress } from "./machine";

/** Debian 13. */
const suite = "trixie";

/** Debian's keys, with which debootstrap verifies the packages. */
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Folders whose content a container never reads. */
const leftOut = [
  "var/cache/apt",
  "var/lib/apt/lists",
  "var/log",
  "usr/share/doc",
  "usr/share/man",
  "usr/share/locale",
  "dev",
];

/**
 * Unpacks Debian's smallest system with debootstrap and writes it as `rootfs.tar` into the folder. Packages come from
 * the mirrors in the machine's own apt sources, and the image uses the same mirrors.
 */
export async function makeRootfs(folder: string, machine: Machine, progress: Progress): Promise<void> {
  await ensureDebootstrap(machine, progress);
  const { archive, security } = await aptMirrors(machine);
  const root = join(folder, "rootfs");
  // Without this option, debootstrap only warns if the keyring is missing, and installs unsigned packages.
  const options = ["--force-check-gpg", "--variant=minbase"];
  await machine.run("debootstrap", [...options, suite, root, ...(archive ? [archive] : [])], { progress });
  if (archive) await writeFile(join(root, "etc/apt/sources.list"), sourcesList(archive, security));
  await machine.run("tar", [
    "--create",
    "--numeric-owner",
    `--file=${join(folder, "rootfs.tar")}`,
    `--directory=${root}`,
    ...leftOut.map((path) => `--exclude=./${path}/*`),
    ".",
  ]);
  await rm(root, { recursive: true });
}

async function ensureDebootstrap(machine: Machine, progress: Progress): Promise<void> {
  if (mayInstall(machine)) {
    if (machine.which("debootstrap") === undefined || !existsSync(keyring)) {
      await installPackages(machine, ["debootstrap", "debian-archive-keyring"], progress);
    }
    return;
  }
  throw cannot(
    "container images",
    "the official container images can't be pulled, and building images requires root on Debian or Ubuntu",
    "Allow the Docker engine to reach its image registry (`docker pull redis` shows the error), or run this as root on Debian or Ubuntu",
  );
}

function sourcesList(archive: string, security: string | undefined): string {
  const lines = [`deb ${archive} ${suite} main`, `deb ${archive} ${suite}-updates main`];
  if (security) lines.push(`deb ${security} ${suite}-security main`);
  return `${lines.join("\n")}\n`;
}
