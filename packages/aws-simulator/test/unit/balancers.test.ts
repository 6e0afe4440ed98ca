import type { TargetGroup } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { BalancingFacts } from "../../network/balancer-account";
import { type Balancing, placeBalancers } from "../../network/balancers";
import { renderRuleset } from "../../network/ruleset";
import type { MachineRecord } from "../../network/state";
import { trialMachine } from "../../network/trial";

const { image: _, ...trial } = trialMachine("");
const machine = (n: number, zone: string): MachineRecord => ({
  ...trial,
  name: `euc1-${n}`,
  instanceId: `i-${n}`,
  zone,
  privateAddress: `10.20.0.${n}`,
});
const machines = [machine(1, "a"), machine(2, "b"), machine(3, "b")];

const group: TargetGroup = {
  TargetGroupArn: "tg",
  TargetGroupName: "nodes",
  TargetType: "instance",
  Port: 443,
  HealthCheckProtocol: "HTTPS",
  HealthCheckPort: "8443",
  HealthCheckPath: "/healthy",
  HealthCheckIntervalSeconds: 1,
  HealthCheckTimeoutSeconds: 6,
  HealthyThresholdCount: 3,
  UnhealthyThresholdCount: 4,
  Matcher: { HttpCode: "200" },
};

const facts: BalancingFacts = {
  balancers: [
    {
      balancer: {
        LoadBalancerArn: "arn",
        DNSName: "Livekit-1.eu-central-1.elb.amazonaws.com",
        AvailabilityZones: [{ ZoneName: "a" }, { ZoneName: "b" }],
      },
      crossZone: false,
      listeners: [{ Protocol: "TCP", Port: 443, DefaultActions: [{ Type: "forward", TargetGroupArn: "tg" }] }],
    },
  ],
  targetGroups: [{ group, targets: [{ Id: "i-1" }, { Id: "i-2" }, { Id: "i-3", Port: 444 }, { Id: "i-9" }] }],
};

/** Derives the fixture's only load balancer, with exactly these machines healthy. */
function place(
  well: readonly string[],
  change: Partial<BalancingFacts["balancers"][number]> = {},
  unknown: string[] = [],
) {
  const balancers = facts.balancers.map((each) => ({ ...each, ...change }));
  const balancing: Balancing = {
    facts: { ...facts, balancers },
    machines,
    addressOf: (_, zone) => (zone === "a" ? "203.0.113.1" : "203.0.113.2"),
    healthy: (check) => well.some((name) => check.startsWith(`tg ${name} `)),
    rulesOf: () => [{ protocol: "tcp", first: 443, last: 443, cidrs: ["192.0.2.0/24"] }],
    unknown: (what) => unknown.push(what),
  };
  const [placed] = placeBalancers(balancing);
  if (placed === undefined) throw new Error("placeBalancers returned no load balancer");
  return placed;
}

const targets = (placed: ReturnType<typeof place>) =>
  Object.fromEntries(
    placed.listeners.map((each) => [each.address, each.targets.map(({ address, port }) => `${address}:${port}`)]),
  );

test("a load balancer's address in an availability zone forwards to the healthy targets of that zone", () => {
  const placed = place(["euc1-1", "euc1-2"]);
  expect(placed.name).toBe("livekit-1.eu-central-1.elb.amazonaws.com");
  expect(targets(placed)).toEqual({ "203.0.113.1": ["10.20.0.1:443"], "203.0.113.2": ["10.20.0.2:443"] });
  expect(placed.answers).toEqual(["203.0.113.1", "203.0.113.2"]);
});

test("each health check of a load balancer has its target's id, which DescribeTargetHealth needs", () => {
  expect(place([]).checks.map(({ target }) => target)).toEqual(["tg i-1", "tg i-2", "tg i-3"]);
});

test("with cross-zone load balancing, each address of a load balancer forwards to the targets of all zones", () => {
  const all = ["10.20.0.1:443", "10.20.0.3:444"];
  expect(targets(place(["euc1-1", "euc1-3"], { crossZone: true }))).toEqual({ "203.0.113.1": all, "203.0.113.2": all });
});

test("a load balancer's DNS name omits the address of a zone without healthy targets", () => {
  expect(place(["euc1-3"]).answers).toEqual(["203.0.113.2"]);
});

test("a load balancer sends new connections to all targets while no target is healthy", () => {
  const placed = place([]);
  expect(placed.answers).toEqual(["203.0.113.1", "203.0.113.2"]);
  expect(targets(placed)).toEqual({
    "203.0.113.1": ["10.20.0.1:443"],
    "203.0.113.2": ["10.20.0.2:443", "10.20.0.3:444"],
  });
});

test("health checks of targets use the settings of the target group, but run every two seconds", () => {
  expect(place([]).checks).toHaveLength(3);
  expect(place([]).checks[0]).toMatchObject({
    address: "10.20.0.1",
    port: 8443,
    protocol: "https",
    path: "/healthy",
    codes: "200",
    intervalSeconds: 2,
    timeoutSeconds: 6,
    healthyThreshold: 3,
    unhealthyThreshold: 4,
  });
});

test("a TCP_UDP listener becomes a TCP and a UDP listener; a listener with an unsupported protocol is reported and omitted", () => {
  const listener = { ...facts.balancers[0]?.listeners[0] };
  const both = place(["euc1-1"], { listeners: [{ ...listener, Protocol: "TCP_UDP" }] });
  expect(both.listeners.map(({ protocol }) => protocol)).toEqual(["tcp", "udp", "tcp", "udp"]);
  const unknown: string[] = [];
  const tls = place(["euc1-1"], { listeners: [{ ...listener, ListenerArn: "listener", Protocol: "TLS" }] }, unknown);
  expect(tls.listeners).toEqual([]);
  expect(unknown).toEqual(["listener: a listener for TLS"]);
});

test("nftables rules apply a load balancer's security groups, then distribute connections to its targets in turn", () => {
  const balancer = place(["euc1-2", "euc1-3"], {
    balancer: { ...facts.balancers[0]?.balancer, SecurityGroups: ["sg-1"] },
  });
  const ruleset = renderRuleset({ machines: [], caches: [], balancers: [balancer], nameChecks: [], ways: [] });
  expect(ruleset).toContain(
    "meta l4proto tcp dnat ip to numgen inc mod 2 map { 0 : 10.20.0.2 . 443, 1 : 10.20.0.3 . 444 }",
  );
  expect(ruleset).toContain("203.0.113.2 . tcp . 443 : jump listener_1");
  expect(ruleset).toContain("203.0.113.1 : jump balancer_0, 203.0.113.2 : jump balancer_0");
  expect(ruleset).toMatch(/chain balancer_0 \{\n +ip saddr 192\.0\.2\.0\/24 tcp dport 443 accept\n +drop/);
});
