import { cloudConfig, maskSsh } from "./user-data";

/**
 * Renders user data of an instance that an image of nodes is made from: every package and container image in place, nothing
 * of the instance itself left, powered off when done. The same text serves both processors.
 * @param images names that a registry serves; an image that is built is not among them
 * @param packages Debian's
 */
export function renderBakeData(images: readonly string[], packages: readonly string[]): string {
  return cloudConfig({
    ssh_pwauth: false,
    disable_root: true,
    users: [],
    bootcmd: [maskSsh],
    // The first failure ends it, and the instance stays up: an image is made of one that powered off alone.
    runcmd: [["sh", "-ec", bakeScript(images, packages)]],
  });
}

const waitingApt = "apt-get -o DPkg::Lock::Timeout=300";

function bakeScript(images: readonly string[], packages: readonly string[]): string {
  return [
    "export DEBIAN_FRONTEND=noninteractive",
    // At a first boot Debian's own timers may have apt's locks: for dpkg's it waits by itself, for its lists' it does not.
    "tries=0",
    "until apt-get update; do tries=$((tries + 1)); [ $tries -lt 60 ]; sleep 5; done",
    `${waitingApt} upgrade --yes`,
    `${waitingApt} install --yes --no-install-recommends ${packages.join(" ")}`,
    "systemctl start docker",
    ...images.map((image) => `docker pull --quiet ${image}`),
    maskSsh,
    "apt-get clean",
    "rm -rf /var/lib/apt/lists/* /var/lib/chrony/* /etc/ssh/ssh_host_*",
    // Each instance made of the image is a new one: its own id, its own user data, its own journal.
    "journalctl --rotate --vacuum-time=1s",
    "cloud-init clean --logs",
    "truncate --size 0 /etc/machine-id",
    "systemctl poweroff",
  ].join("\n");
}
