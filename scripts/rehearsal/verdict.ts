import Table from "cli-table3";
import type { Override } from "./home";

/** What a rehearsal shows, and what it can't. */
export const scope = {
  real: [
    "the Pulumi engine and the unchanged program, with the stack's own settings",
    "the node: user data, cloud-init, systemd, Docker, its packet filter, the bundle's checks, drain and rollback",
    "LiveKit, Coturn, Redis, nginx, and media over every path from outside the node's network",
    "the certificate: certbot, ACME's DNS challenge, TLS by name",
    "what nodes are asked by: the aws command, S3 objects by version, Secrets Manager",
  ],
  simulated: [
    "AWS's APIs (moto), in place of the AWS plugin a stand-in that knows what this program uses",
    "an EC2 instance is a container on this machine's kernel and processor, whatever its type is",
    "Elastic IPs, routes and security groups are the NAT and the packet filter of a gateway; no hairpin",
    "the metadata service, Route 53 as a name server, the certificate authority (Pebble)",
  ],
  notJudged: [
    "IAM: every call is allowed, whatever a role's policy says",
    "alarms are made and never ring; costs, and quotas other than Elastic IPs",
    "an instance type's processor and network, and how long AWS itself takes",
  ],
} as const;

/** One part of a rehearsal: what it showed, and how long it took. */
export interface Part {
  readonly title: string;
  readonly seconds: number;
  readonly result: string;
}

export interface Verdict {
  readonly stack: string;
  readonly parts: readonly Part[];
  readonly overrides: readonly Override[];
}

export function renderVerdict({ stack, parts, overrides }: Verdict): string {
  const table = new Table({
    head: ["part", "seconds", "result"],
    colAligns: ["left", "right", "left"],
    style: { head: [], border: [] },
  });
  table.push(...parts.map(({ title, seconds, result }) => [title, seconds.toFixed(1), result]));
  const total = parts.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    `${stack}, rehearsed in ${total.toFixed(0)} s`,
    table.toString(),
    list("Real", scope.real),
    list("Simulated", scope.simulated),
    list("Not judged", scope.notJudged),
    list("Not as configured", overrides.map(overridden)),
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
