/** Paths on a node. A test checks that the agent's `layout.py` has the same. */
export const nodePaths = {
  /** The node's identity: {node, bucket, region}. */
  identity: "/etc/livekit-node.json",
  puller: "/usr/local/sbin/livekit-node",
  /** Link to the current bundle. */
  current: "/var/lib/livekit/current",
  /** The live compose folder. */
  stack: "/var/lib/livekit/stack",
  /** Compose's project name. */
  project: "livekit",
} as const;
