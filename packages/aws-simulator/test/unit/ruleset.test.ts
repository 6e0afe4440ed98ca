import { renderRuleset } from "../../network/ruleset";
import { addresses, macOf, type PlacedMachine, resolverOf, routerOf, type Topology } from "../../network/state";
import { trialMachine } from "../../network/trial";

const first: PlacedMachine = {
  ...trialMachine("debian"),
  ingress: [
    { protocol: "tcp", first: 443, last: 443, cidrs: ["0.0.0.0/0"] },
    { protocol: "udp", first: 50000, last: 50100, cidrs: ["0.0.0.0/0"] },
    { protocol: "tcp", first: 7880, last: 7880, cidrs: ["10.20.0.0/16", "192.0.2.0/24"] },
    { protocol: "icmp", first: -1, last: -1, cidrs: ["0.0.0.0/0"] },
    { protocol: "icmp", first: 3, last: 4, cidrs: ["0.0.0.0/0"] },
  ],
  egress: undefined,
  internet: true,
};
const { publicAddress: _, ...closed } = {
  ...first,
  name: "use1-1",
  network: "10.30.0.0/16",
  privateAddress: "10.30.0.4",
};

const nothing: Topology = { machines: [], caches: [], balancers: [], nameChecks: [], ways: [] };

const linesOf = (chain: string, ruleset: string) =>
  (new RegExp(`chain ${chain} \\{\\n(.*?)\\n  \\}`, "s").exec(ruleset)?.[1] ?? "")
    .split("\n")
    .map((line) => line.trim());

test("the ruleset translates between Elastic IP and private address, and drops packets from a machine to its own Elastic IP", () => {
  const ruleset = renderRuleset({ ...nothing, machines: [first, closed] });
  expect(ruleset).toContain("map private_of { type ipv4_addr : ipv4_addr; elements = { 198.51.100.4 : 10.20.0.4 } }");
  expect(ruleset).toContain("map elastic_of { type ipv4_addr : ipv4_addr; elements = { 10.20.0.4 : 198.51.100.4 } }");
  expect(ruleset).toContain("set hairpins { type ipv4_addr . ipv4_addr; elements = { 10.20.0.4 . 198.51.100.4 } }");
});

test("a machine without an Elastic IP has no route to the internet", () => {
  const ruleset = renderRuleset({ ...nothing, machines: [closed] });
  expect(ruleset).toContain("set elastic_owners { type ipv4_addr; }");
  const ways = linesOf("forward", ruleset).filter((line) => line.startsWith('iifname "vm*"'));
  expect(ways).toHaveLength(3);
  for (const way of ways) expect(way).toContain("ip saddr @elastic_owners accept");
});

test("the ruleset filters packets by the protocols, ports and sources of a security group's rules", () => {
  const ruleset = renderRuleset({ ...nothing, machines: [first] });
  expect(linesOf("in_10_20_0_4", ruleset)).toEqual([
    "tcp dport 443 accept",
    "udp dport 50000-50100 accept",
    "ip saddr 10.20.0.0/16 tcp dport 7880 accept",
    "ip saddr 192.0.2.0/24 tcp dport 7880 accept",
    "meta l4proto icmp accept",
    "icmp type 3 icmp code 4 accept",
  ]);
  expect(linesOf("entering", ruleset).at(-1)).toBe("drop");
  expect(linesOf("forward", ruleset)[0]).toContain("policy drop");
});

test("packets of a machine pass only with the machine's own source address", () => {
  const ruleset = renderRuleset({ ...nothing, machines: [first] });
  expect(ruleset).toContain('set attached { type ifname . ipv4_addr; elements = { "vm0a140004" . 10.20.0.4 } }');
  expect(linesOf("antispoofing", ruleset)).toContain('iifname "vm*" iifname . ip saddr != @attached drop');
});

test("if security groups restrict egress, outgoing packets are filtered by their destination before address translation", () => {
  const egress = [{ protocol: "tcp", first: 443, last: 443, cidrs: ["198.51.100.9/32"] }] as const;
  const ruleset = renderRuleset({ ...nothing, machines: [first, { ...closed, egress }] });
  expect(ruleset).toContain("map egress { type ipv4_addr : verdict; elements = { 10.30.0.4 : jump out_10_30_0_4 } }");
  expect(linesOf("out_10_30_0_4", ruleset)).toEqual([
    "ct original ip daddr 198.51.100.9/32 tcp dport 443 return",
    "drop",
  ]);
});

test("a machine's Elastic IP has no effect in a subnet without a route to the internet", () => {
  const ruleset = renderRuleset({ ...nothing, machines: [{ ...first, internet: false }] });
  expect(ruleset).toContain("map private_of { type ipv4_addr : ipv4_addr; }");
  expect(ruleset).toContain("set elastic_owners { type ipv4_addr; }");
});

test("a route between two subnets forwards packets in one direction, and packets to an unassigned Elastic IP are dropped", () => {
  const ruleset = renderRuleset({ ...nothing, ways: [["10.20.0.0/19", "10.30.0.0/19"]], machines: [first, closed] });
  expect(linesOf("forward", ruleset)).toContain("ip saddr 10.20.0.0/19 ip daddr 10.30.0.0/19 accept");
  const nowhere = `ip daddr { ${addresses.elastic}, ${addresses.balancers} } drop`;
  expect(linesOf("forward", ruleset).indexOf(nowhere)).toBe(2);
});

test("traffic between regions passes the queue that adds latency, even if it uses Elastic IPs", () => {
  const ruleset = renderRuleset({ ...nothing, machines: [first, { ...closed, region: "us-east-1" }] });
  expect(ruleset).toContain("set region_0 { type ipv4_addr; elements = { 10.20.0.4 } }");
  expect(ruleset).toContain("set region_1 { type ipv4_addr; elements = { 10.30.0.4 } }");
  expect(linesOf("late", ruleset)).toContain(
    'oifname "vm*" ip saddr @region_0 ip daddr != @region_0 meta priority set 1:2',
  );
});

test("answers of the metadata service have the machine's configured hop limit as their TTL", () => {
  const ruleset = renderRuleset({ ...nothing, machines: [first, { ...closed, metadataHops: 2 }] });
  expect(linesOf("output", ruleset)).toEqual(
    expect.arrayContaining([
      "ip saddr 169.254.169.254 ip daddr 10.20.0.4 ip ttl set 1",
      "ip saddr 169.254.169.254 ip daddr 10.30.0.4 ip ttl set 2",
    ]),
  );
});

test("derives a router's address from the subnet, a name server's address from the VPC and a MAC from the private address", () => {
  expect(routerOf("10.20.32.0/19")).toBe("10.20.32.1");
  expect(resolverOf("10.20.0.0/16")).toBe("10.20.0.2");
  expect(macOf("10.20.0.4")).toBe("02:00:0a:14:00:04");
});
