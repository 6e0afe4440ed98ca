import { formatPorts, portNames } from "../../../../model/ports/table";
import { fileOf, nodeBundle } from "../../../support/node-bundle";

interface Rule {
  readonly protocol: string;
  readonly first: number;
  readonly last: number;
  readonly sources: readonly string[];
}

const firewall = (values = {}) => fileOf(nodeBundle(values).bundle, "system/etc/nftables.conf");

/** Returns the rules of one chain, in order. */
function chain(text: string, name: string): string[] {
  const body = new RegExp(`chain ${name} \\{\n(.*?)\n  \\}`, "s").exec(text)?.[1] ?? "";
  const lines = body.split("\n").map((line) => line.trim());
  return lines.filter((line) => !line.startsWith("#"));
}

/** Returns the rules that open ports, by counter. */
function openings(text: string): Record<string, Rule> {
  const form = /^(?:ip saddr \{ (.*?) \} )?(tcp|udp) dport (\d+)(?:-(\d+))? counter name (\w+) accept$/;
  return Object.fromEntries(
    chain(text, "input").flatMap((line) => {
      const [whole, sources, protocol = "", first, last, counter = ""] = form.exec(line) ?? [];
      if (whole === undefined) return [];
      const rule = { protocol, first: Number(first), last: Number(last ?? first), sources: sources?.split(", ") ?? [] };
      return [[counter, rule]];
    }),
  );
}

test("the firewall opens every port of the port table to all addresses, only for the protocols in the table", () => {
  const { ports } = nodeBundle().plan;
  const expected = portNames.flatMap((name) =>
    ports[name].protocols.map((protocol) => {
      const { first, last } = ports[name];
      return [`${name}_${protocol}`, { protocol, first, last, sources: [] }] as const;
    }),
  );
  expect(openings(firewall())).toEqual(Object.fromEntries(expected));
});

test("with apiIngress vpc, the firewall opens the API port only to the stack's network and adminCidrs", () => {
  const narrowed = openings(firewall({ apiIngress: "vpc", adminCidrs: '["203.0.113.0/24"]' }));
  expect(narrowed["api_tcp"]?.sources).toEqual(["10.0.0.0/16", "203.0.113.0/24"]);
  expect(narrowed["https_tcp"]?.sources).toEqual([]);
});

test("the firewall opens the ports that livekit:ports sets in place of the defaults", () => {
  expect(openings(firewall({ ports: '{"https": 8443}' }))["https_tcp"]).toMatchObject({ first: 8443, last: 8443 });
});

test("with portIngress inUse, the firewall opens only the media ports that LiveKit uses", () => {
  const { media_udp, iceUdp_udp, ...others } = openings(firewall({ portIngress: "inUse" }));
  expect(media_udp).toMatchObject({ first: 50000, last: 50001 });
  expect(iceUdp_udp).toBeUndefined();
  const { media_udp: _, iceUdp_udp: __, ...table } = openings(firewall());
  expect(others).toEqual(table);
});

test("the firewall drops all input that no rule accepts, all forwarded packets and all IPv6 packets", () => {
  const text = firewall();
  const input = chain(text, "input");
  expect(input[0]).toContain("policy drop;");
  expect(chain(text, "forward")[0]).toContain("policy drop;");
  const accepts = input.filter((line) => line.endsWith("accept") && !line.includes("dport"));
  expect(accepts).toEqual([
    'iifname "lo" accept',
    "ct state established,related accept",
    "icmp type { destination-unreachable, time-exceeded, parameter-problem } accept",
    "icmp type echo-request limit rate 20/second accept",
  ]);
  // This rule comes before every rule that accepts both IPv4 and IPv6.
  expect(input.indexOf("meta nfproto ipv6 counter name refused drop")).toBe(2);
});

test("only root reaches the instance metadata", () => {
  const output = chain(firewall(), "output");
  for (const address of ["ip daddr 169.254.169.254", "ip6 daddr fd00:ec2::254"]) {
    const accepts = output.indexOf(`${address} meta skuid 0 accept`);
    const drops = output.findIndex((line) => line.startsWith(address) && line.endsWith("drop"));
    expect(accepts).toBeGreaterThan(-1);
    expect(drops).toBeGreaterThan(accepts);
  }
});

test("a DNAT rule translates the node's own Elastic IP to the node's private address", () => {
  expect(chain(firewall(), "own_address")).toContain("ip daddr 198.51.100.1 dnat ip to 10.0.0.4");
});

test("conntrack does not track media and TURN over UDP, except on loopback and to the node's own Elastic IP", () => {
  const { plan } = nodeBundle();
  const text = firewall();
  const udp = portNames.filter((name) => plan.ports[name].protocols.includes("udp"));
  const [hookIn = "", ruleIn = ""] = chain(text, "untracked_in");
  const [hookOut = "", ruleOut = ""] = chain(text, "untracked_out");
  // The raw priority precedes connection tracking.
  expect([hookIn, hookOut]).toEqual(
    ["prerouting", "output"].map((hook) => `type filter hook ${hook} priority raw; policy accept;`),
  );
  expect(ruleIn).toMatch(/^iifname != "lo" udp dport \{ .* \} notrack$/);
  expect(ruleOut).toMatch(/^oifname != "lo" ip daddr != 198\.51\.100\.1 udp sport \{ .* \} notrack$/);
  for (const rule of [ruleIn, ruleOut]) {
    const spans = /\{ (.*) \}/.exec(rule)?.[1]?.split(", ");
    expect(spans?.toSorted()).toEqual(udp.map((name) => formatPorts(plan.ports[name])).toSorted());
  }
  // An untracked packet has no established connection, so a rule must accept it by port.
  for (const name of udp) expect(Object.keys(openings(text))).toContain(`${name}_udp`);
});

test("a firewall reload replaces its own nftables table and no other", () => {
  const text = firewall();
  expect(text).not.toContain("flush ruleset");
  expect(text.match(/^(table|delete table) inet \w+/gm)).toEqual([
    "table inet livekit",
    "delete table inet livekit",
    "table inet livekit",
  ]);
});

test("the firewall declares every counter that a rule names", () => {
  const text = firewall();
  const declared = [...text.matchAll(/^ {2}counter (\w+) \{/gm)].map(([, name]) => name);
  const named = [...text.matchAll(/counter name (\w+)/g)].map(([, name]) => name);
  expect([...new Set(named)].sort()).toEqual(declared.sort());
});
