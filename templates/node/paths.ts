/** Paths on a node. A test verifies that they equal those in the agent's `layout.py`. */
export const nodePaths = {
  /** JSON file with the node's identity: {node, bucket, region}. */
  identity: "/etc/livekit-node.json",
  puller: "/usr/local/sbin/livekit-node",
  /** Public key with which the puller verifies requests, in PEM. */
  publicKey: "/etc/livekit-node.pem",
  /** Link to the current bundle. */
  current: "/var/lib/livekit/current",
  /** The live compose folder. */
  stack: "/var/lib/livekit/stack",
  /** Compose's project name. */
  project: "livekit",
} as const;
