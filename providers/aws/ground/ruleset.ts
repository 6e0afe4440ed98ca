import {
  addresses,
  type GroundState,
  type IngressRule,
  interfaceOf,
  interfaces,
  type MachineRecord,
  ports,
} from "./state";

/** Interfaces of one kind, as a pattern of nftables. */
const [machines, clients] = [`"${interfaces.machine}*"`, `"${interfaces.client}*"`];

/**
 * Renders the gateway's nftables rules: 1:1 NAT of Elastic IPs, security groups, no hairpins, and the hop limit of the
 * metadata service. Loading it again replaces the table in one step and cuts no connection.
 */
export function renderRuleset(state: GroundState): string {
  const owners = state.machines.filter(({ publicAddress }) => publicAddress);
  const text = [
    "table ip ground",
    "delete table ip ground",
    "table ip ground {",
    ...maps(state.machines, owners),
    ...refusals(),
    ...addressTranslation(),
    ...forward(state),
    ...state.machines.flatMap(securityGroup),
    ...ownServices(state.machines),
    "}",
  ];
  return `${text.join("\n")}\n`;
}

function maps(all: readonly MachineRecord[], owners: readonly MachineRecord[]): string[] {
  return [
    elements("map private_of", "ipv4_addr : ipv4_addr", owners, (m) => `${m.publicAddress} : ${m.privateAddress}`),
    elements("map elastic_of", "ipv4_addr : ipv4_addr", owners, (m) => `${m.privateAddress} : ${m.publicAddress}`),
    elements("set elastic_owners", "ipv4_addr", owners, (m) => m.privateAddress),
    elements("set hairpins", "ipv4_addr . ipv4_addr", owners, (m) => `${m.privateAddress} . ${m.publicAddress}`),
    elements(
      "set attached",
      "ifname . ipv4_addr",
      all,
      (m) => `"${interfaceOf("machine", m.privateAddress)}" . ${m.privateAddress}`,
    ),
    elements("map groups", "ipv4_addr : verdict", all, (m) => `${m.privateAddress} : jump ${groupName(m)}`),
  ];
}

/** Before any translation: a machine sends under its own address alone, and never to its own Elastic IP. */
function refusals(): string[] {
  return chain("refusals", "type filter hook prerouting priority raw; policy accept;", [
    `iifname ${machines} iifname . ip saddr != @attached drop`,
    "ip saddr . ip daddr @hairpins drop",
  ]);
}

function addressTranslation(): string[] {
  return [
    ...chain("arriving", "type nat hook prerouting priority dstnat; policy accept;", [
      "dnat to ip daddr map @private_of",
    ]),
    ...chain("leaving", "type nat hook postrouting priority srcnat; policy accept;", [
      "# Another machine's Elastic IP sees the Elastic IP of the one that asks.",
      "ct status dnat snat to ip saddr map @elastic_of",
      `oifname ${clients} snat to ip saddr map @elastic_of`,
      `oifname "${interfaces.uplink}" masquerade`,
    ]),
  ];
}

function forward({ machines: all, peerings }: GroundState): string[] {
  const networks = [...new Set(all.map(({ network }) => network))];
  const ways = [...networks.map((network) => [network, network]), ...peerings, ...peerings.map(([a, b]) => [b, a])];
  return chain("forward", "type filter hook forward priority filter; policy drop;", [
    "ct state established,related accept",
    "ct state invalid drop",
    `iifname ${machines} oifname "${interfaces.uplink}" ip saddr @elastic_owners accept`,
    `iifname ${machines} oifname ${clients} ip saddr @elastic_owners accept`,
    "# Inside a VPC, from one that it peers with, or by way of an Elastic IP, a security group has the word.",
    ...ways.map(([from, to]) => `ip saddr ${from} ip daddr ${to} ip daddr vmap @groups`),
    "ct status dnat ip daddr vmap @groups",
  ]);
}

function securityGroup(machine: MachineRecord): string[] {
  return [`  chain ${groupName(machine)} {`, ...machine.ingress.map((rule) => `    ${accept(rule)}`), "  }"];
}

function accept({ protocol, first, last, cidrs }: IngressRule): string {
  const from = cidrs.includes("0.0.0.0/0") ? "" : `ip saddr { ${cidrs.join(", ")} } `;
  if (protocol === "icmp") return `${from}meta l4proto icmp accept`;
  return `${from}${protocol} dport ${first === last ? first : `${first}-${last}`} accept`;
}

/** From outside the gateway is a name server. To machines it is the metadata service too, no further away than they allow. */
function ownServices(all: readonly MachineRecord[]): string[] {
  return [
    ...chain("input", "type filter hook input priority filter; policy accept;", [
      "ct state established,related accept",
      `iifname ${clients} meta l4proto { tcp, udp } th dport ${ports.dns} accept`,
      `iifname ${clients} meta l4proto != icmp drop`,
    ]),
    ...chain(
      "output",
      "type filter hook output priority filter; policy accept;",
      all.map((m) => `ip saddr ${addresses.metadata} ip daddr ${m.privateAddress} ip ttl set ${m.metadataHops}`),
    ),
  ];
}

/** A list of elements can't be empty, but may be left out. */
function elements(
  name: string,
  type: string,
  members: readonly MachineRecord[],
  element: (machine: MachineRecord) => string,
): string {
  const list = members.length > 0 ? ` elements = { ${members.map(element).join(", ")} }` : "";
  return `  ${name} { type ${type};${list} }`;
}

function chain(name: string, hook: string, rules: readonly string[]): string[] {
  return [`  chain ${name} {`, `    ${hook}`, ...rules.map((rule) => `    ${rule}`), "  }"];
}

function groupName({ privateAddress }: MachineRecord): string {
  return `group_${privateAddress.replaceAll(".", "_")}`;
}
