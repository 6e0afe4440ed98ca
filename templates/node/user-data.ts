import { stringify } from "yaml";
import { lines } from "../emit";
import { nodePaths } from "./paths";

/** A node's name, and the bucket from which the node reads its requests. */
export interface NodeIdentity {
  readonly node: string;
  readonly bucket: string;
  /** The bucket's region. */
  readonly region: string;
  /** Public key of the key that signs the stack's requests, in PEM. */
  readonly publicKey: string;
}

/** First line of cloud-init's YAML format. */
const cloudConfigHeader = "#cloud-config";

/** EC2's limit, before base64 (AWS's EC2 user guide). */
export const userDataLimitBytes = 16_384;

const unit = "livekit-node.service";

/**
 * Renders a node's user data, in cloud-init's YAML: it disables SSH and installs the puller, which polls for requests.
 * A running instance keeps the user data with which it was launched, because other user data would stop and start it; it
 * gets a later puller with its bundle. User data contains no secret, because it is readable on the instance.
 * @param puller source of the puller
 */
export function renderUserData({ node, bucket, region, publicKey }: NodeIdentity, puller: string): string {
  return cloudConfig({
    ssh_pwauth: false,
    disable_root: true,
    // No users: by default, Debian's image creates one for SSH.
    users: [],
    bootcmd: [maskSsh],
    write_files: [
      file(nodePaths.identity, "0644", `${JSON.stringify({ node, bucket, region })}\n`),
      file(nodePaths.publicKey, "0644", publicKey),
      file(nodePaths.puller, "0755", puller),
      file(`/etc/systemd/system/${unit}`, "0644", pullerUnit()),
    ],
    runcmd: [maskSsh, "systemctl daemon-reload", `systemctl enable --now --no-block ${unit}`],
  });
}

/** Renders cloud-init's YAML. cloud-init runs a command in a shell if it is a string. */
export function cloudConfig(document: object): string {
  return `${cloudConfigHeader}\n${stringify(document, { lineWidth: 0, indent: 1, indentSeq: false })}`;
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
    "Description=Carry out the operator's requests on this node",
    "Wants=network-online.target",
    "After=network-online.target docker.service",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    `ExecStartPre=/bin/sh -c '${installNeeds}'`,
    `ExecStart=${nodePaths.puller}`,
    "Restart=always",
    "RestartSec=5",
    "TimeoutStartSec=600",
    "# Media has priority on the processor.",
    "Nice=15",
    "# The agent continues, for example a drain, while this unit restarts.",
    "KillMode=process",
    "# Before the first report, the operator can read only the machine's console.",
    "StandardOutput=journal+console",
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  );
}

/**
 * Command that installs what the puller needs, unless the image has it. First completes an installation that a power loss
 * interrupted, which would block the next one.
 */
const installNeeds = [
  'command -v openssl >/dev/null && python3 -c "import boto3" 2>/dev/null',
  "{ dpkg --configure -a --force-confold; apt-get update && apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 openssl python3-boto3; }",
].join(" || ");
