/** Where a node keeps what it runs. The node's own `layout.py` has the same, which a test sees to. */
export const nodePaths = {
  /** Who the node is: {node, bucket, region}. */
  identity: "/etc/livekit-node.json",
  puller: "/usr/local/sbin/livekit-node",
  /** The bundle in force. */
  current: "/var/lib/livekit/current",
  /** The live compose folder. */
  stack: "/var/lib/livekit/stack",
  /** Compose's project. */
  project: "livekit",
} as const;
