import { stringify } from "yaml";
import { lines } from "../emit";
import { nodePaths } from "./paths";

/** A node's name, and the bucket from which the node reads its requests. */
export interface NodeIdentity {
  readonly node: string;
  readonly bucket: string;
  /** The bucket's region. */
  readonly region: string;
}

/** First line of cloud-init's YAML format. */
const cloudConfigHeader = "#cloud-config";

/** EC2's limit, before base64 (AWS's EC2 user guide). */
export const userDataLimitBytes = 16_384;

const unit = "livekit-node.service";

/**
 * Renders a node's user data, in cloud-init's YAML: it disables SSH and installs the puller, which polls for requests.
 * A node's user data never changes, because a change would stop and start the instance. It contains no secret, because
 * it is readable on the instance.
 * @param puller source of the puller
 */
export function renderUserData({ node, bucket, region }: NodeIdentity, puller: string): string {
  return cloudConfig({
    ssh_pwauth: false,
    disable_root: true,
    // No users: by default, Debian's image creates one for SSH.
    users: [],
    bootcmd: [maskSsh],
    write_files: [
      file(nodePaths.identity, "0644", `${JSON.stringify({ node, bucket, region })}\n`),
      file(nodePaths.puller, "0755", puller),
      file(`/etc/systemd/system/${unit}`, "0644", pullerUnit()),
    ],
    runcmd: [maskSsh, "systemctl daemon-reload", `systemctl enable --now --no-block ${unit}`],
  });
}

/** Renders cloud-init's YAML. cloud-init runs a command in a shell if it is a string. */
export function cloudConfig(document: object): string {
  return `${cloudConfigHeader}\n${stringify(document, { lineWidth: 0 })}`;
}

/** Command that disables SSH before it starts. It succeeds on a machine without SSH. */
export const maskSsh = "systemctl mask --now ssh.service ssh.socket || true";

function file(path: string, permissions: string, content: string): object {
  return { path, permissions, content };
}

/**
 * Renders the puller's systemd unit, which restarts the puller after every failure, whether of a package mirror or of
 * AWS.
 */
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

/**
 * Command that installs boto3, unless the image has it. The command first completes an installation that a power loss
 * interrupted. Otherwise the interrupted installation would block the next one.
 */
const installBoto = [
  'python3 -c "import boto3" 2>/dev/null',
  "{ dpkg --configure -a --force-confold; apt-get update && apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 python3-boto3; }",
].join(" || ");
