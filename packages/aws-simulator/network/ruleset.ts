import {
  addresses,
  type EndpointRecord,
  type GroupRule,
  interfaceOf,
  interfaces,
  type Listening,
  lateClass,
  type Placed,
  type PlacedBalancer,
  type PlacedMachine,
  ports,
  type Topology,
} from "./state";

type PlacedEndpoint = EndpointRecord & Placed;

/** Interface name patterns for nftables. */
const [machines, clients] = [`"${interfaces.machine}*"`, `"${interfaces.client}*"`];

const toPublicAddresses = ["ip daddr . meta l4proto . th dport vmap @listeners", "dnat to ip daddr map @private_of"];

const nowhere = [addresses.elastic, addresses.balancers].join(", ");

/**
 * Renders the gateway's nftables rules: 1:1 NAT of Elastic IPs, load balancers, security groups, hairpin rejection and
 * the metadata service's hop limit. Loading the rules replaces the table atomically and interrupts no connection.
 */
export function renderRuleset(topology: Topology): string {
  const endpoints = [...topology.machines, ...topology.caches];
  const text = [
    "table ip simulator",
    "delete table ip simulator",
    "table ip simulator {",
    ...machineMaps(topology.machines),
    ...groupMaps(endpoints),
    ...balancing(topology.balancers),
    ...rejections(),
    ...addressTranslation(),
    ...endpoints.flatMap(securityGroups),
    ...forward(topology),
    ...late(endpoints),
    ...entering(),
    ...ownServices(topology.machines),
    "}",
  ];
  return `${text.join("\n")}\n`;
}

function machineMaps(all: readonly PlacedMachine[]): string[] {
  const owners = all.filter(({ publicAddress, internet }) => publicAddress && internet);
  return [
    elements("map private_of", "ipv4_addr : ipv4_addr", owners, (m) => `${m.publicAddress} : ${m.privateAddress}`),
    elements("map elastic_of", "ipv4_addr : ipv4_addr", owners, (m) => `${m.privateAddress} : ${m.publicAddress}`),
    elements("set elastic_owners", "ipv4_addr", owners, (m) => m.privateAddress),
    elements("set hairpins", "ipv4_addr . ipv4_addr", owners, (m) => `${m.privateAddress} . ${m.publicAddress}`),
  ];
}

function groupMaps(all: readonly PlacedEndpoint[]): string[] {
  const filtered = all.filter(({ egress }) => egress);
  return [
    elements(
      "set attached",
      "ifname . ipv4_addr",
      all,
      (m) => `"${interfaceOf("machine", m.privateAddress)}" . ${m.privateAddress}`,
    ),
    elements("map ingress", "ipv4_addr : verdict", all, (m) => `${m.privateAddress} : jump ${chainName("in", m)}`),
    elements("map egress", "ipv4_addr : verdict", filtered, (m) => `${m.privateAddress} : jump ${chainName("out", m)}`),
  ];
}

/**
 * Filters traffic by the load balancer's security groups before forwarding it. New connections go to the targets in
 * turn; existing connections stay on their target.
 */
function balancing(all: readonly PlacedBalancer[]): string[] {
  const listeners = all.flatMap((balancer) => balancer.listeners).filter(({ targets }) => targets.length > 0);
  const filtered = all.flatMap(({ addresses: own, ingress }, i) =>
    ingress ? own.map((address) => ({ address, i })) : [],
  );
  return [
    elements(
      "map listeners",
      "ipv4_addr . inet_proto . inet_service : verdict",
      listeners.map((listener, i) => ({ listener, i })),
      ({ listener: { address, protocol, port }, i }) => `${address} . ${protocol} . ${port} : jump listener_${i}`,
    ),
    ...listeners.flatMap((listener, i) => rules(`listener_${i}`, [inTurns(listener)])),
    elements("map balancers", "ipv4_addr : verdict", filtered, ({ address, i }) => `${address} : jump balancer_${i}`),
    ...all.flatMap(({ ingress }, i) => (ingress ? rules(`balancer_${i}`, [...ingress.flatMap(admitted), "drop"]) : [])),
    ...chain("balancer_ingress", "type filter hook prerouting priority dstnat - 10; policy accept;", [
      "ct state established,related accept",
      "ip daddr vmap @balancers",
    ]),
  ];
}

function inTurns({ protocol, targets }: Listening): string {
  const list = targets.map(({ address, port }, i) => `${i} : ${address} . ${port}`);
  return `meta l4proto ${protocol} dnat ip to numgen inc mod ${targets.length} map { ${list.join(", ")} }`;
}

/**
 * Drops two kinds of packets before NAT: packets whose source address is not the machine's own, and packets from a
 * machine to its own Elastic IP.
 */
function rejections(): string[] {
  return chain("antispoofing", "type filter hook prerouting priority raw; policy accept;", [
    `iifname ${machines} iifname . ip saddr != @attached drop`,
    "ip saddr . ip daddr @hairpins drop",
  ]);
}

function addressTranslation(): string[] {
  return [
    ...chain("arriving", "type nat hook prerouting priority dstnat; policy accept;", toPublicAddresses),
    "  # Route 53's health checks start here.",
    ...chain("checking", "type nat hook output priority dstnat; policy accept;", toPublicAddresses),
    ...chain("leaving", "type nat hook postrouting priority srcnat; policy accept;", [
      "# Another machine's Elastic IP sees the Elastic IP of the one that asks.",
      "ct status dnat snat to ip saddr map @elastic_of",
      `oifname ${clients} snat to ip saddr map @elastic_of`,
      `oifname "${interfaces.uplink}" masquerade`,
    ]),
  ];
}

/** Forwards only packets that have a route. */
function forward({ ways }: Topology): string[] {
  return chain("forward", "type filter hook forward priority filter; policy drop;", [
    "# Drops packets to unassigned public addresses, so that they never reach the real network.",
    `ip daddr { ${nowhere} } drop`,
    "ct state established,related accept",
    "ct state invalid drop",
    "ip saddr vmap @egress",
    `iifname ${machines} oifname "${interfaces.uplink}" ip saddr @elastic_owners accept`,
    `iifname ${machines} oifname ${clients} ip saddr @elastic_owners accept`,
    `iifname ${machines} ct status dnat ip saddr @elastic_owners accept`,
    `iifname ${clients} ct status dnat accept`,
    ...ways.map(([from, to]) => `ip saddr ${from} ip daddr ${to} accept`),
  ]);
}

/**
 * Classifies packets between regions, whether the sender uses private addresses or Elastic IPs. A queue on an interface
 * may delay this class.
 */
function late(all: readonly PlacedEndpoint[]): string[] {
  const regions = [...new Set(all.map(({ region }) => region))];
  return [
    ...regions.map((name, i) =>
      elements(
        `set region_${i}`,
        "ipv4_addr",
        all.filter(({ region }) => region === name),
        ({ privateAddress }) => privateAddress,
      ),
    ),
    ...chain(
      "late",
      "type filter hook postrouting priority srcnat - 10; policy accept;",
      regions.map(
        (_, i) => `oifname ${machines} ip saddr @region_${i} ip daddr != @region_${i} meta priority set ${lateClass}`,
      ),
    ),
  ];
}

/** Filters ingress after NAT, so that security groups see the same addresses as the machine. */
function entering(): string[] {
  return chain("entering", "type filter hook postrouting priority srcnat + 10; policy accept;", [
    `oifname != ${machines} accept`,
    "ct state established,related accept",
    "ip daddr vmap @ingress",
    "drop",
  ]);
}

function securityGroups(endpoint: PlacedEndpoint): string[] {
  const { ingress, egress } = endpoint;
  return [
    ...rules(chainName("in", endpoint), ingress.flatMap(admitted)),
    ...(egress ? rules(chainName("out", endpoint), [...egress.flatMap(released), "drop"]) : []),
  ];
}

/** Renders one line per CIDR, because the CIDRs of one nftables set must not overlap. */
function admitted(rule: GroupRule): string[] {
  const through = (rule.through ?? []).map((address) => `ct original ip daddr ${address} `);
  return [...rule.cidrs.map((cidr) => from("ip saddr", cidr)), ...through].map(
    (source) => `${source}${service(rule)}accept`,
  );
}

/** Matches the original destination: if the machine sends to an Elastic IP, egress rules apply to that address. */
function released(rule: GroupRule): string[] {
  return rule.cidrs.map((cidr) => `${from("ct original ip daddr", cidr)}${service(rule)}return`);
}

function from(side: string, cidr: string): string {
  return cidr === "0.0.0.0/0" ? "" : `${side} ${cidr} `;
}

function service({ protocol, first, last }: GroupRule): string {
  if (protocol === "all") return "";
  if (protocol === "icmp")
    return first < 0 ? "meta l4proto icmp " : `icmp type ${first} ${last < 0 ? "" : `icmp code ${last} `}`;
  return `${protocol} dport ${first === last ? first : `${first}-${last}`} `;
}

/**
 * Limits access to the gateway. External clients reach its name server and AWS; machines also reach the metadata
 * service, within their hop limit.
 */
function ownServices(all: readonly PlacedMachine[]): string[] {
  return [
    ...chain("input", "type filter hook input priority filter; policy accept;", [
      "ct state established,related accept",
      `iifname ${clients} meta l4proto { tcp, udp } th dport ${ports.dns} accept`,
      // AWS endpoints are reachable from the internet, too.
      `iifname ${clients} ip daddr ${addresses.services} tcp dport ${ports.aws} accept`,
      `iifname ${clients} meta l4proto != icmp drop`,
    ]),
    ...chain("output", "type filter hook output priority filter; policy accept;", [
      `ip daddr { ${nowhere} } drop`,
      ...all.map((m) => `ip saddr ${addresses.metadata} ip daddr ${m.privateAddress} ip ttl set ${m.metadataHops}`),
    ]),
  ];
}

/** Renders a set or map. nftables rejects an empty element list, so it is left out. */
function elements<T>(name: string, type: string, members: readonly T[], element: (member: T) => string): string {
  const list = members.length > 0 ? ` elements = { ${members.map(element).join(", ")} }` : "";
  return `  ${name} { type ${type};${list} }`;
}

function chain(name: string, hook: string, lines: readonly string[]): string[] {
  return rules(name, [hook, ...lines]);
}

function rules(name: string, lines: readonly string[]): string[] {
  return [`  chain ${name} {`, ...lines.map((line) => `    ${line}`), "  }"];
}

function chainName(side: "in" | "out", { privateAddress }: EndpointRecord): string {
  return `${side}_${privateAddress.replaceAll(".", "_")}`;
}
