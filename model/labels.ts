/** Labels of a local stack's containers and network. */
export const labels = {
  /** The stack's name prefix. */
  stack: "livekit-stack",
  /**
   * Identifies the stack and its folder. Two checkouts may have the same prefix, and each removes only its own
   * resources.
   */
  owner: "livekit-stack-owner",
  service: "livekit-stack-service",
  /** Ports of a container on the host network, for previews. The engine does not list the ports of such a container. */
  ports: "livekit-stack-ports",
} as const;
