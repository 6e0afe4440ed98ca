import { once } from "node:events";
import { innermostCause } from "../../model/errors/innermost-cause";
import type { ServiceKind } from "../../model/images";
import type { Secrets } from "../../model/settings/secrets";

/** One check of the stack or of the machine that it runs on. */
export interface Check {
  readonly title: string;
  /** Fix to show if a failure has no more specific fix. It is a command if possible. */
  readonly fix: string;
  /** True if the check can run while the stack is down. */
  readonly ofMachine?: true;
  /** The service under test. If its container's check fails too, this check reports that failure as the cause. */
  readonly service?: ServiceKind;
  /** True if this check tests the service's container itself. */
  readonly ofContainer?: true;
  /**
   * Runs the check. Ends when the signal aborts.
   * @returns the detail to show if the check passes
   * @throws CheckFailure, or any other error, whose message becomes the cause
   */
  readonly run: (signal: AbortSignal) => Promise<string>;
}

/** A failed check. If `fix` is set, it is more specific than {@link Check.fix} and replaces it. */
export class CheckFailure extends Error {
  constructor(
    cause: string,
    readonly fix?: string,
    readonly severity: "failed" | "warning" = "failed",
  ) {
    super(cause);
    this.name = "CheckFailure";
  }
}

export type Finding =
  | { readonly title: string; readonly status: "passed"; readonly detail: string }
  | { readonly title: string; readonly status: "failed" | "warning"; readonly cause: string; readonly fix: string };

/** Facts about the stack that are known before any check runs. */
export interface CheckContext {
  readonly secrets: Secrets;
  readonly isUp: boolean;
  /** The command that brings up a stack, or restores missing parts of a running one. */
  readonly bringUp: string;
}

/** Timeout for one request to LiveKit's API. */
export const requestSeconds = 6;

/**
 * Timeout for one check. It is longer than the timeouts within a check. It is also enough for the `aws` commands of all
 * checks, which start concurrently and take a second of processor time each.
 */
const deadlineSeconds = 20;

/**
 * Runs all checks concurrently, each with the deadline as its timeout. If the stack is down, one finding replaces all
 * checks that need a running stack, because each of them would report the same cause.
 * @returns one finding for each check that ran, in their order, with secrets redacted
 */
export async function examine(
  checks: readonly Check[],
  context: CheckContext,
  deadline = deadlineSeconds,
): Promise<Finding[]> {
  const possible = checks.filter(({ ofMachine }) => context.isUp || ofMachine);
  const waiting = checks.length - possible.length;
  const found = explain(possible, await Promise.all(possible.map((check) => find(check, context, deadline))));
  return waiting === 0 ? found : [down(waiting, context), ...found];
}

/** If a check and its service's container both failed, shows the container's cause and fix for both. */
function explain(checks: readonly Check[], findings: readonly Finding[]): Finding[] {
  const containers = checks.flatMap(({ service, ofContainer }, i) => {
    const finding = findings[i];
    return ofContainer && finding?.status === "failed" ? [{ service, finding }] : [];
  });
  return findings.map((finding, i) => {
    const { service, ofContainer } = checks[i] as Check;
    const container = ofContainer ? undefined : containers.find((each) => each.service === service)?.finding;
    if (finding.status === "passed" || service === undefined || container === undefined) return finding;
    return { ...finding, cause: `needs the ${container.title}: ${container.cause}`, fix: container.fix };
  });
}

function down(waiting: number, { bringUp }: CheckContext): Finding {
  const cause = `the stack is not up; ${waiting === 1 ? "1 check depends" : `${waiting} checks depend`} on it`;
  return { title: "the stack", status: "failed", cause, fix: bringUp };
}

async function find(check: Check, context: CheckContext, deadline: number): Promise<Finding> {
  const { title } = check;
  try {
    return { title, status: "passed", detail: await runInTime(check, deadline) };
  } catch (error) {
    const { cause, fix, status } = diagnose(error as Error, check, context);
    return { title, status, cause: redact(cause, context.secrets), fix };
  }
}

async function runInTime({ run, fix }: Check, deadline: number): Promise<string> {
  const signal = AbortSignal.timeout(deadline * 1000);
  const late = once(signal, "abort").then(() => {
    throw new CheckFailure(
      `no answer within ${deadline} s`,
      `Run it again: a busy machine may be slow. If it fails again: ${fix}`,
    );
  });
  try {
    return await Promise.race([run(signal), late]);
  } catch (error) {
    if (signal.aborted) return await late;
    throw error;
  }
}

function diagnose(error: Error, check: Check, { bringUp }: CheckContext) {
  if (error instanceof CheckFailure) {
    return { status: error.severity, cause: error.message, fix: error.fix ?? check.fix };
  }
  const { code, message } = innermostCause(error);
  // A refused connection means that no process listens on the port: a firewall would drop the packets instead.
  if (code === "ECONNREFUSED") return { status: "failed" as const, cause: "nothing listens there", fix: bringUp };
  return { status: "failed" as const, cause: (message || code || error.name).trim(), fix: check.fix };
}

/** Removes secrets and tokens from a text. Servers repeat them: LiveKit's error contains the rejected token. */
export function redact(text: string, secrets: Secrets): string {
  const { apiKeys, turnSecrets, redisPassword, metricsPassword, monitoringPassword } = secrets;
  const keys = [...apiKeys.map(({ secret }) => secret), ...turnSecrets];
  const values = [...keys, redisPassword, metricsPassword, monitoringPassword].filter((value) => value !== "");
  const withoutSecrets = values.reduce((shown, value) => shown.replaceAll(value, "<secret>"), text);
  return withoutSecrets.replace(/\beyJ[\w-]+(\.[\w-]*)*/g, "<token>");
}
