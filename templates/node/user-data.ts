import { stringify } from "yaml";
import { lines } from "../emit";
import { nodePaths } from "./paths";
import { pullerSource } from "./puller";

/** Who a node is, and where it asks what to be. */
export interface NodeIdentity {
  readonly node: string;
  readonly bucket: string;
  /** The bucket's. */
  readonly region: string;
}

/** First line by which cloud-init knows its own format. */
export const cloudConfigHeader = "#cloud-config";

/** Most that EC2 takes, before base64 (AWS's EC2 user guide). */
export const userDataLimitBytes = 16_384;

const unit = "livekit-node.service";

/**
 * Renders a node's user data, cloud-init's YAML: no way in by SSH, and the program that asks what the node is to be. It is
 * a constant of the node and holds no secret: other user data stop and start an instance, and whoever is on it reads them.
 */
export function renderUserData({ node, bucket, region }: NodeIdentity): string {
  return cloudConfig({
    ssh_pwauth: false,
    disable_root: true,
    // Debian's image makes a user for SSH otherwise.
    users: [],
    bootcmd: [maskSsh],
    write_files: [
      file(nodePaths.identity, "0644", `${JSON.stringify({ node, bucket, region })}\n`),
      file(nodePaths.puller, "0755", pullerSource),
      file(`/etc/systemd/system/${unit}`, "0644", pullerUnit()),
    ],
    runcmd: [maskSsh, "systemctl daemon-reload", `systemctl enable --now --no-block ${unit}`],
  });
}

/** cloud-init's YAML; a command that is text is the shell's. */
export function cloudConfig(document: object): string {
  return `${cloudConfigHeader}\n${stringify(document, { lineWidth: 0 })}`;
}

/** Runs before SSH would come up, and is no fault where a machine has none. */
export const maskSsh = "systemctl mask --now ssh.service ssh.socket || true";

function file(path: string, permissions: string, content: string): object {
  return { path, permissions, content };
}

/** Whatever fails here, from a package mirror to AWS itself, is tried again. */
function pullerUnit(): string {
  return lines(
    "[Unit]",
    "Description=Make this node what its operator asks for",
    "Wants=network-online.target",
    "After=network-online.target docker.service",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    `ExecStartPre=/bin/sh -c '${installBoto}'`,
    `ExecStart=${nodePaths.puller}`,
    "Restart=always",
    "RestartSec=5",
    "TimeoutStartSec=600",
    "# Calls have the processor first.",
    "Nice=15",
    "# A drain under way goes on while this restarts.",
    "KillMode=process",
    "# Until the first report the machine's console is all that its operator can read.",
    "StandardOutput=journal+console",
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  );
}

/** Asks no mirror where the image has it. What an installation that lost power left half done is in the way of the next. */
const installBoto = [
  'python3 -c "import boto3" 2>/dev/null',
  "{ dpkg --configure -a --force-confold; apt-get update && apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 python3-boto3; }",
].join(" || ");
