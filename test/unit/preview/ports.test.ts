import fc from "fast-check";
import type { ResourceChange } from "../../../model/preview/change";
import { type Opening, portChanges } from "../../../model/preview/ports";
import { describeSource } from "../../../scripts/preview/headlines";

interface Rule {
  readonly first: number;
  readonly last: number;
  readonly source: string;
  readonly protocol?: string;
  readonly group?: string;
}

/** Deletes each old rule and creates each new one, as resources of their own. */
function changes(before: readonly Rule[], after: readonly Rule[]): ResourceChange[] {
  const inputs = ({ first, last, source, protocol = "udp", group = "nodes" }: Rule) => ({
    region: "eu-central-1",
    securityGroupId: group,
    ipProtocol: protocol,
    ...(protocol !== "-1" && { fromPort: first, toPort: last }),
    cidrIpv4: source,
    description: "test",
  });
  const rule = { type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", name: "rule", changed: [] };
  return [
    ...before.map((each): ResourceChange => ({ ...rule, operation: "delete", before: inputs(each) })),
    ...after.map((each): ResourceChange => ({ ...rule, operation: "create", after: inputs(each) })),
  ];
}

const world = "0.0.0.0/0";
const brief = ({ first, last, source }: Opening) => `${first}-${last} ${source}`;

/** Returns the opened and closed ports of these rules. */
function openedAndClosed(before: readonly Rule[], after: readonly Rule[]): [string[], string[]] {
  const { opened, closed } = portChanges(changes(before, after));
  return [opened.map(brief), closed.map(brief)];
}

test.each<[string, Rule[], Rule[], string[], string[]]>([
  ["unchanged rules", [{ first: 1, last: 9, source: world }], [{ first: 1, last: 9, source: world }], [], []],
  [
    "a range that grows",
    [{ first: 5, last: 9, source: world }],
    [{ first: 3, last: 12, source: world }],
    ["3-4 0.0.0.0/0", "10-12 0.0.0.0/0"],
    [],
  ],
  [
    "a range that moves",
    [{ first: 1, last: 9, source: world }],
    [{ first: 5, last: 12, source: world }],
    ["10-12 0.0.0.0/0"],
    ["1-4 0.0.0.0/0"],
  ],
  [
    "a network that shrinks",
    [{ first: 1, last: 9, source: world }],
    [{ first: 1, last: 9, source: "10.0.0.0/16" }],
    [],
    ["1-9 0.0.0.0/0"],
  ],
  [
    "a network that grows",
    [{ first: 1, last: 9, source: "10.0.0.0/16" }],
    [{ first: 1, last: 9, source: world }],
    ["1-9 0.0.0.0/0"],
    [],
  ],
  [
    "a rule that changes its protocol",
    [{ first: 1, last: 1, source: world }],
    [{ first: 1, last: 1, source: world, protocol: "tcp" }],
    ["1-1 0.0.0.0/0"],
    ["1-1 0.0.0.0/0"],
  ],
  [
    "a rule that changes to all protocols",
    [{ first: 1, last: 1, source: world }],
    [{ first: 0, last: 0, source: world, protocol: "-1" }],
    ["0-65535 0.0.0.0/0"],
    [],
  ],
  [
    "a rule that changes its security group",
    [{ first: 1, last: 1, source: world }],
    [{ first: 1, last: 1, source: world, group: "redis" }],
    ["1-1 0.0.0.0/0"],
    ["1-1 0.0.0.0/0"],
  ],
])("returns the opened and the closed ports for %s", (_, before, after, opened, closed) => {
  expect(openedAndClosed(before, after)).toEqual([opened, closed]);
});

test("reports no opened or closed port if a security group rule is replaced only because its group gets a new id", () => {
  const [rule] = changes([{ first: 1, last: 9, source: world }], []);
  const { securityGroupId: _, ...unknownGroup } = rule?.before ?? {};
  const replaced: ResourceChange = { ...(rule as ResourceChange), operation: "replace", after: unknownGroup };
  expect(portChanges([replaced])).toEqual({ opened: [], closed: [] });
});

const from = (source: object): ResourceChange[] => {
  const [rule] = changes([], [{ first: 22, last: 22, source: world, protocol: "tcp" }]);
  const { cidrIpv4: _, ...inputs } = rule?.after ?? {};
  return [{ ...(rule as ResourceChange), after: { ...inputs, ...source } }];
};

test.each([
  [{ cidrIpv6: "::/0" }, "the world by IPv6"],
  [{ cidrIpv6: "2001:db8::/32" }, "2001:db8::/32"],
  [{ prefixListId: "pl-0123" }, "pl-0123"],
  [{ referencedSecurityGroupId: "sg-0123" }, "sg-0123"],
  [{}, "a source that is not known before the update"],
])("reports the source to which a rule opens a port: %j", (source, words) => {
  const beside = changes([{ first: 22, last: 22, source: "10.0.0.0/8", protocol: "tcp" }], []);
  const { opened, closed } = portChanges([...beside, ...from(source)]);
  expect(opened.map((each) => describeSource(each.source))).toEqual([words]);
  expect(closed.map(brief)).toEqual(["22-22 10.0.0.0/8"]);
});

test("the preview reports no opened port if a rule's IPv6 network is replaced by a part of that network", () => {
  const [was, is] = [{ cidrIpv6: "2001:db8::/32" }, { cidrIpv6: "2001:db8:1::/48" }].map(from);
  const before = was?.map(
    ({ after, ...rule }): ResourceChange => ({ ...rule, operation: "delete", before: after ?? {} }),
  );
  const { opened, closed } = portChanges([...(before ?? []), ...(is ?? [])]);
  expect([opened, closed.map(({ source }) => source)]).toEqual([[], ["2001:db8::/32"]]);
});

test("a load balancer's listener opens its port to the world, and a container opens its published port", () => {
  const listener = { region: "eu-central-1", port: 443, protocol: "TCP" };
  const container = { name: "nginx", ports: [{ internal: 443, external: 8443, protocol: "tcp", ip: "127.0.0.1" }] };
  const made = { name: "x", operation: "create", changed: [] } as const;
  const { opened } = portChanges([
    { ...made, type: "aws:lb/listener:Listener", after: listener },
    { ...made, type: "docker:index/container:Container", after: container },
  ]);
  expect(opened.map(brief)).toEqual(["443-443 0.0.0.0/0", "8443-8443 127.0.0.0/8"]);
});

test("opened ports are those that only the new rules allow; closed ports are those that only the old rules allowed", () => {
  const rule = fc
    .tuple(fc.nat(20), fc.nat(20), fc.constantFrom(world, "10.0.0.0/8", "10.1.0.0/16", "192.0.2.0/24"))
    .map(([a, b, source]): Rule => ({ first: Math.min(a, b), last: Math.max(a, b), source }));
  const rules = fc.array(rule, { maxLength: 5 });
  const hosts: Readonly<Record<string, readonly string[]>> = {
    // Each host represents all hosts in the same set of networks.
    "198.51.100.1": [world],
    "10.2.0.1": [world, "10.0.0.0/8"],
    "10.1.0.1": [world, "10.0.0.0/8", "10.1.0.0/16"],
    "192.0.2.1": [world, "192.0.2.0/24"],
  };
  const lets = (list: readonly Pick<Rule, "first" | "last" | "source">[], networks: readonly string[], port: number) =>
    list.some(({ first, last, source }) => first <= port && port <= last && networks.includes(source));
  fc.assert(
    fc.property(rules, rules, fc.constantFrom(...Object.keys(hosts)), fc.nat(20), (before, after, host, port) => {
      const { opened, closed } = portChanges(changes(before, after));
      const networks = hosts[host] ?? [];
      const [was, is] = [lets(before, networks, port), lets(after, networks, port)];
      // The result contains everything that a host gains or loses.
      if (is && !was) expect(lets(opened, networks, port)).toBe(true);
      if (was && !is) expect(lets(closed, networks, port)).toBe(true);
      // The result is correct: an opened port is allowed now, and a closed port was allowed before.
      if (lets(opened, networks, port)) expect(is).toBe(true);
      if (lets(closed, networks, port)) expect(was).toBe(true);
    }),
  );
});
