/**
 * What a request makes a node do: apply its bundle, drain its calls, roll back to the previous bundle, upgrade and
 * restart its machine, or send the end of a log. `withdraw` involves no node: it deletes the request.
 */
export type RequestVerb = "apply" | "drain" | "rollback" | "maintain" | "logs" | "withdraw";

/** Maximum number of log lines that a node sends (`logs.py`). */
export const mostLogLines = 2000;

/** Seconds after which a node that has not started a requested drain counts as dead. */
export const startSeconds = 120;

/**
 * TTL in seconds of a node's record under its region's name. After a health check fails, clients still join the node
 * for this long.
 */
export const entryTtlSeconds = 10;

/** Wait after deregistration, in seconds: Route 53's health-check propagation plus the record's TTL. */
const propagationSeconds = 30 + entryTtlSeconds;

/** Longest wait until a load balancer finds a registered node healthy. A new target takes about three minutes. */
export const targetHealthSeconds = 600;

/**
 * Returns the shell command that sends a request to a node and waits for its report. The caller appends the verb, such
 * as `apply`, as the last argument. The script is POSIX and self-contained, so that it still runs when only the Pulumi
 * state has it. Environment variables: BUCKET, NODE, INSTANCE, AWS_REGION (the bucket's), SIGNING_KEY (ARN of the KMS key
 * that signs the request), TIMEOUT_SECONDS and, for apply, BUNDLE, SHA256, SECRETS and PUBLIC_KEY (as a JSON string). The
 * aws command finds the credentials.
 *
 * With several nodes, further variables identify the node's registration in its region's traffic routing: TARGET_GROUPS
 * (ARNs) in NODE_REGION, or HEALTH_CHECK. The script deregisters the node before its calls end, so that no
 * client joins, and registers it once it is healthy. For maintenance it deregisters the node first. If the node then
 * does not start the maintenance, the script registers the node again. The script ends only when the load balancer
 * finds the node healthy: then the next node can be deregistered.
 *
 * If a node rejects its drain, the script exits with 1, so that Pulumi does not delete the node and cut its calls. With
 * REQUEST_SKIP_DRAIN in the operator's environment it exits with 0.
 *
 * For logs the environment has SERVICE and LINES, and the log goes to standard output. The script first waits until the
 * node has answered its last request, for at most TIMEOUT_SECONDS.
 *
 * The script exits with 0 when the node is healthy (after apply: with this bundle), and otherwise with 1 and the node's
 * message. Drain also exits with 0 when the node can't answer, because a dead node must be replaceable. If a bundle has
 * no version, the script exits with 1 before it sends the request.
 * @param script source of the script
 */
export function requestShell(script: string): readonly [string, ...string[]] {
  // The prefix keeps other variables of the operator's environment from changing these times. Tests set shorter ones.
  const seconds = {
    START: startSeconds,
    PROPAGATION: propagationSeconds,
    HEALTH: targetHealthSeconds,
    POLL: 5,
    RETRY: 30,
  };
  const defaults = Object.entries(seconds).map(([name, value]) => `: "\${REQUEST_${name}_SECONDS:=${value}}"`);
  return ["/bin/sh", "-c", [...defaults, script].join("\n")];
}
