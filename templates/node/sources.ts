/** Source text of the node's programs, which renderers insert unchanged. `stacks/` reads it from the checkout. */
export interface NodeSources {
  /** Modules of the agent, by file name. */
  readonly agent: Readonly<Record<string, string>>;
  /**
   * The puller, the program in a node's user data. Every few seconds it polls S3 for the node's request, verifies the
   * request's signature and the bundle's checksum, and runs the bundle's agent. Bundles contain it too: the agent installs
   * it on instances of earlier releases.
   */
  readonly puller: string;
  /** The POSIX shell script that sends requests to nodes (`request.sh` and its parts). */
  readonly requestScript: string;
}
