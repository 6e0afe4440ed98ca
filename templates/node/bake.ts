import { cloudConfig, maskSsh } from "./user-data";

/**
 * Renders user data for the instance from which a node AMI is created. It installs every package and container image,
 * removes the instance's own data and powers off. The same text serves both processor architectures.
 * @param images images to pull from a registry
 * @param packages Debian packages
 */
export function renderBakeData(images: readonly string[], packages: readonly string[]): string {
  return cloudConfig({
    ssh_pwauth: false,
    disable_root: true,
    users: [],
    bootcmd: [maskSsh],
    // `-e` ends the script at the first failure. The instance then keeps running, and only an instance that powers off
    // becomes an AMI.
    runcmd: [["sh", "-ec", bakeScript(images, packages)]],
  });
}

const waitingApt = "apt-get -o DPkg::Lock::Timeout=300";

function bakeScript(images: readonly string[], packages: readonly string[]): string {
  return [
    "export DEBIAN_FRONTEND=noninteractive",
    // At first boot Debian's timers may hold apt's locks. apt waits for dpkg's lock, but not for the lists' lock.
    "tries=0",
    "until apt-get update; do tries=$((tries + 1)); [ $tries -lt 60 ]; sleep 5; done",
    `${waitingApt} upgrade --yes`,
    `${waitingApt} install --yes --no-install-recommends ${packages.join(" ")}`,
    "systemctl start docker",
    ...images.map((image) => `docker pull --quiet ${image}`),
    maskSsh,
    "apt-get clean",
    "rm -rf /var/lib/apt/lists/* /var/lib/chrony/* /etc/ssh/ssh_host_*",
    // Each instance from the image gets its own machine ID, user data and journal.
    "journalctl --rotate --vacuum-time=1s",
    "cloud-init clean --logs",
    "truncate --size 0 /etc/machine-id",
    "systemctl poweroff",
  ].join("\n");
}
