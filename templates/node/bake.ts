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

function bakeScript(images: readonly string[], packages: readonly string[]): string {
  return [
    "export DEBIAN_FRONTEND=noninteractive",
    "apt-get update",
    "apt-get upgrade --yes",
    `apt-get install --yes --no-install-recommends ${packages.join(" ")}`,
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
