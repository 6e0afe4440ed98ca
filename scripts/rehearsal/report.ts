import type { AwsPlan } from "../../model/aws/plan";
import { textTable } from "../lib/table";
import type { Override } from "./workspace";

/** Parts that a rehearsal tests with real components, parts that it simulates, and parts that it does not test. */
export interface Scope {
  readonly real: readonly string[];
  readonly simulated: readonly string[];
  readonly notCovered: readonly string[];
}

/**
 * Returns the scope of a rehearsal of this plan.
 * @param latency description of the latency between regions
 */
export function scopeOf(
  { settings, regions }: Pick<AwsPlan, "settings" | "regions">,
  latency = "no latency between regions",
): Scope {
  const balanced = settings.loadBalancer === "nlb";
  const cached = settings.redis.mode === "elasticache";
  const several = regions.length > 1;
  return {
    real: [
      "the Pulumi engine and the unchanged program, with the stack's own settings",
      "the nodes: user data, cloud-init, systemd, Docker, their packet filters, the bundle's checks",
      "LiveKit, Coturn, Redis, nginx, and media over every path from outside the nodes' network",
      "the certificate: certbot, ACME's DNS challenge, TLS by name",
      "requests to nodes: the aws command, S3 objects by version, Secrets Manager",
    ],
    simulated: [
      "AWS's APIs (moto), with a fallback provider for the AWS plugin that implements what this program uses",
      "an EC2 instance is a container on this machine's kernel and processor, regardless of its type; a reboot starts with systemd",
      "Elastic IPs, routes and security groups are NAT and packet filters of a gateway, without hairpin NAT",
      "the metadata service, Route 53 as a name server, the certificate authority (Pebble)",
      ...(balanced ? ["the load balancer is the gateway's NAT to healthy nodes, without time-outs"] : []),
      ...(cached ? ["ElastiCache is one Redis with TLS and a token, without a replica"] : []),
      ...(several
        ? [`regions are networks of one machine, and peerings are routes through the gateway; ${latency}`]
        : []),
    ],
    notCovered: [
      "IAM: every call is allowed, regardless of the policies of roles and buckets",
      "TLS to AWS's own endpoints, and the duration of AWS operations",
      "alarms, which exist but never fire; costs, and the account's quotas",
      "an instance type's processor and network",
      ...(several ? ["the network between regions, and Route 53's latency routing"] : []),
    ],
  };
}

/** A completed step of a rehearsal. */
export interface Step {
  readonly title: string;
  readonly seconds: number;
  readonly result: string;
}

export interface RehearsalReport {
  readonly stack: string;
  /** True if every step ran and succeeded. */
  readonly passed: boolean;
  readonly steps: readonly Step[];
  /** Titles of the steps that did not run. */
  readonly notRun: readonly string[];
  readonly overrides: readonly Override[];
  readonly scope: Scope;
}

export function renderRehearsalReport({ stack, passed, steps, notRun, overrides, scope }: RehearsalReport): string {
  const rows = steps.map(({ title, seconds, result }) => [title, seconds.toFixed(1), result]);
  const missed = notRun.map((title) => [title, "", "not run"]);
  const total = steps.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    `${stack}: ${passed ? "rehearsal passed" : "rehearsal failed"}, ${total.toFixed(0)} s`,
    textTable(["step", "seconds", "result"], [...rows, ...missed], ["left", "right"]),
    list("Real", scope.real),
    list("Simulated", scope.simulated),
    list("Not covered", scope.notCovered),
    list("Not as configured", ["secrets: created for this rehearsal", ...overrides.map(overridden)]),
  ].join("\n");
}

function list(title: string, lines: readonly string[]): string {
  return [`${title}:`, ...lines.map((line) => `  - ${line}`)].join("\n");
}

function overridden({ path, why }: Override): string {
  const [first = "", ...rest] = path;
  const key = rest.reduce<string>(
    (key, part) => (typeof part === "number" ? `${key}[${part}]` : `${key}.${part}`),
    `${first}`,
  );
  return `${key}: ${why}`;
}
