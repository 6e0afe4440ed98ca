import { once } from "node:events";
import type { ServiceKind } from "../../model/images";
import type { Secrets } from "../../model/settings/secrets";
import { innermostCause } from "../lib/innermost-cause";

/** One question to the stack or its machine. */
export interface Check {
  readonly title: string;
  /** What fixes a fault that names no fix of its own; a command wherever there is one. */
  readonly fix: string;
  /** True of the machine, whether or not the stack is up. */
  readonly ofMachine?: true;
  /** The service that it asks: a fault of that service's container explains its own. */
  readonly service?: ServiceKind;
  /** True of the service's container itself. */
  readonly ofContainer?: true;
  /**
   * Ends by itself when the signal aborts.
   * @returns what was found in order
   * @throws Ailment, or any other error, whose message is then the cause
   */
  readonly run: (signal: AbortSignal) => Promise<string>;
}

/** Something found wrong by a check that knows better than the check's own fix how to fix it. */
export class CheckFailure extends Error {
  constructor(
    cause: string,
    readonly fix?: string,
    readonly severity: "failed" | "warning" = "failed",
  ) {
    super(cause);
    this.name = "Ailment";
  }
}

export type Finding =
  | { readonly title: string; readonly status: "passed"; readonly detail: string }
  | { readonly title: string; readonly status: "failed" | "warning"; readonly cause: string; readonly fix: string };

/** What is known of the stack before any check. */
export interface CheckContext {
  readonly secrets: Secrets;
  readonly isUp: boolean;
  /** The command that brings up a stack that is down, and makes what a running one lacks. */
  readonly bringUp: string;
}

/** Longest wait for the answer to one request to LiveKit's API. */
export const requestSeconds = 6;

/**
 * Longest wait for one check: beyond the time-outs within them, and enough for the `aws` commands of all checks, which
 * start at once and take a second of a processor each.
 */
export const deadlineSeconds = 20;

/**
 * Runs all checks at once, each bounded by the deadline. Of a stack that is down one finding takes the place of all that
 * need it: each of them would only repeat it.
 * @returns one finding a check that was run, in their order, without any of the secrets
 */
export async function examine(
  checks: readonly Check[],
  context: CheckContext,
  deadline = deadlineSeconds,
): Promise<Finding[]> {
  const asked = checks.filter(({ ofMachine }) => context.isUp || ofMachine);
  const waiting = checks.length - asked.length;
  const found = explain(asked, await Promise.all(asked.map((check) => find(check, context, deadline))));
  return waiting === 0 ? found : [down(waiting, context), ...found];
}

/** What fails because its service's container does has the container's fix: its own would be of no use. */
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
  const cause = `it is not up; ${waiting === 1 ? "a check waits" : `${waiting} checks wait`} for it`;
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
      `Run it once more: a busy machine is slow, too. If it stays so: ${fix}`,
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
  // A firewall drops; only a port that nobody has refuses.
  if (code === "ECONNREFUSED") return { status: "failed" as const, cause: "nothing listens there", fix: bringUp };
  return { status: "failed" as const, cause: (message || code || error.name).trim(), fix: check.fix };
}

/** Servers repeat what they were given: LiveKit the refused token, in its answer's text. */
export function redact(text: string, secrets: Secrets): string {
  const { apiKeys, turnSecrets, redisPassword, metricsPassword, monitoringPassword } = secrets;
  const keys = [...apiKeys.map(({ secret }) => secret), ...turnSecrets];
  const values = [...keys, redisPassword, metricsPassword, monitoringPassword].filter((value) => value !== "");
  const withoutSecrets = values.reduce((shown, value) => shown.replaceAll(value, "<secret>"), text);
  return withoutSecrets.replace(/\beyJ[\w-]+(\.[\w-]*)*/g, "<token>");
}
