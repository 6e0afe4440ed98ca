/** Labels of a local stack's containers and network. */
export const labels = {
  /** The stack's name prefix. */
  stack: "livekit-stack",
  /** Which stack of which folder made it: two checkouts may have the same prefix, and each only removes its own. */
  owner: "livekit-stack-owner",
  service: "livekit-stack-service",
  /** Ports that the container has on the machine's own network, which the engine knows nothing of: for a preview. */
  ports: "livekit-stack-ports",
} as const;
