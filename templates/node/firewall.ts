import { type IngressRule, ingressRules } from "../../model/aws/ingress";
import { type AwsPlan, regionOf } from "../../model/aws/plan";
import type { FleetNode } from "../../model/fleet";
import { formatPorts } from "../../model/ports/table";
import { lines } from "../emit";

/** The stack's own nftables table. Docker's tables exist beside it and are never flushed. */
const firewallTable = "livekit";

/** Addresses of the EC2 instance metadata service, which also serves the role's credentials (AWS's EC2 user guide). */
const metadataAddresses = { v4: "169.254.169.254", v6: "fd00:ec2::254" } as const;

/**
 * Renders nftables.conf: the machine accepts only the ports of the port table, over IPv4. Each row and protocol has a
 * counter with its name, such as `media_udp`. Reloading replaces the table atomically and cuts no connection.
 */
export function renderFirewall(plan: AwsPlan, node: FleetNode): string {
  // Most packets are media, so its rules come first.
  const rules = ingressRules(plan, regionOf(plan, node)).toSorted((a, b) => b.last - b.first - (a.last - a.first));
  return lines(
    "#!/usr/sbin/nft -f",
    "# Declared first, so that there is a table to delete.",
    `table inet ${firewallTable}`,
    `delete table inet ${firewallTable}`,
    `table inet ${firewallTable} {`,
    [...rules.map(({ name }) => name), "refused", "metadata_refused"].map((name) => `  counter ${name} { }`),
    untracked(rules, node),
    input(rules),
    forward(),
    output(),
    ownAddress(node),
    "}",
  );
}

/**
 * Exempts media and TURN over UDP from connection tracking. A flood from forged addresses would fill the conntrack
 * table, and then the kernel drops every new connection. Loopback and the node's own Elastic IP stay tracked, because
 * `own_address` needs their entries.
 */
function untracked(rules: readonly IngressRule[], { publicAddress }: FleetNode): string[] {
  const udp = rules.filter(({ protocol }) => protocol === "udp");
  const ports = `{ ${udp.map(({ first, last }) => formatPorts({ first, last })).join(", ")} }`;
  return [
    ...chain("untracked_in", "type filter hook prerouting priority raw; policy accept;", [
      `iifname != "lo" udp dport ${ports} notrack`,
    ]),
    ...chain("untracked_out", "type filter hook output priority raw; policy accept;", [
      `oifname != "lo" ip daddr != ${publicAddress} udp sport ${ports} notrack`,
    ]),
  ];
}

function input(rules: readonly IngressRule[]): string[] {
  return chain("input", "type filter hook input priority filter; policy drop;", [
    'iifname "lo" accept',
    "# Nothing here is served over IPv6.",
    "meta nfproto ipv6 counter name refused drop",
    "# Ahead of established connections, so that a row's counter holds all of its traffic.",
    ...rules.map(accept),
    "ct state established,related accept",
    "# A path's largest packet is learned from these; an echo tells that the machine lives.",
    "icmp type { destination-unreachable, time-exceeded, parameter-problem } accept",
    "icmp type echo-request limit rate 20/second accept",
    "counter name refused",
  ]);
}

function accept({ name, protocol, first, last, sources }: IngressRule): string {
  const from = sources.includes("0.0.0.0/0") ? "" : `ip saddr { ${sources.join(", ")} } `;
  return `${from}${protocol} dport ${formatPorts({ first, last })} counter name ${name} accept`;
}

/** Drops forwarded traffic: Redis is the only bridged service, and only the machine itself connects to it. */
function forward(): string[] {
  return chain("forward", "type filter hook forward priority filter; policy drop;", [
    ...blockMetadata(),
    "ct state established,related accept",
  ]);
}

/** Restricts instance metadata to root: a hop limit of 1 does not block services on the host network. */
function output(): string[] {
  return chain("output", "type filter hook output priority filter; policy accept;", [
    `ip daddr ${metadataAddresses.v4} meta skuid 0 accept`,
    `ip6 daddr ${metadataAddresses.v6} meta skuid 0 accept`,
    ...blockMetadata(),
  ]);
}

function blockMetadata(): string[] {
  return [
    `ip daddr ${metadataAddresses.v4} counter name metadata_refused drop`,
    `ip6 daddr ${metadataAddresses.v6} counter name metadata_refused drop`,
  ];
}

/**
 * Translates the node's Elastic IP to its private address for local traffic, such as from the relay to its SFU. AWS
 * translates the Elastic IP outside the machine. AWS does not guarantee that packets from the machine to its own
 * Elastic IP return.
 */
function ownAddress({ publicAddress, privateAddress }: FleetNode): string[] {
  if (publicAddress === privateAddress) return [];
  return chain("own_address", "type nat hook output priority -100; policy accept;", [
    `ip daddr ${publicAddress} dnat ip to ${privateAddress}`,
  ]);
}

function chain(name: string, hook: string, rules: readonly string[]): string[] {
  return [`  chain ${name} {`, `    ${hook}`, ...rules.map((rule) => `    ${rule}`), "  }"];
}
