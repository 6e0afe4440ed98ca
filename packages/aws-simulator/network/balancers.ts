import type { Listener, TargetGroup } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { BalancerFacts, BalancingFacts, TargetGroupFacts } from "./balancer-account";
import type { Check, GroupRule, Listening, MachineRecord, PlacedBalancer } from "./state";

/** Lower bound for check intervals, to limit the load of health checks. */
const shortestIntervalSeconds = 2;

/** Input of {@link placeBalancers}. */
export interface Balancing {
  readonly facts: BalancingFacts;
  readonly machines: readonly MachineRecord[];
  /** Returns the load balancer's address in one availability zone; the same at every call. */
  readonly addressOf: (arn: string, zone: string) => string;
  /** Target health by check key; false until the first check passes. */
  readonly healthy: (check: string) => boolean;
  /** Ingress rules of the security groups. */
  readonly rulesOf: (groups: readonly string[]) => readonly GroupRule[];
  readonly unknown: (what: string) => void;
}

/** A registered target that a listener may forward to. */
interface Candidate {
  readonly zone: string;
  readonly check: Check;
  readonly port: number;
  readonly healthy: boolean;
}

/** Derives the network load balancers: the address in each availability zone, and the targets of new connections. */
export function placeBalancers(balancing: Balancing): PlacedBalancer[] {
  return balancing.facts.balancers.map((balancer) => place(balancer, balancing));
}

function place({ balancer, crossZone, listeners }: BalancerFacts, balancing: Balancing): PlacedBalancer {
  const { LoadBalancerArn: arn = "", DNSName = "", AvailabilityZones = [], SecurityGroups = [] } = balancer;
  const places = AvailabilityZones.map(({ ZoneName: zone = "" }) => ({
    zone,
    address: balancing.addressOf(arn, zone),
  }));
  const served = listeners.flatMap((listener) => serve(listener, balancing));
  const reached =
    ({ zone }: { zone: string }) =>
    (candidate: Candidate) =>
      crossZone || candidate.zone === zone;
  const well = places.filter((at) => served.some(({ all }) => all.some((each) => each.healthy && reached(at)(each))));
  return {
    name: DNSName.toLowerCase(),
    addresses: places.map(({ address }) => address),
    // DNS leaves out availability zones without a healthy target, unless no zone has one.
    answers: (well.length > 0 ? well : places).map(({ address }) => address),
    listeners: places.flatMap((at) =>
      served.map(({ protocol, port, all }): Listening => {
        const targets = chosen(all.filter(reached(at)));
        return {
          address: at.address,
          protocol,
          port,
          targets: targets.map(({ check, port }) => ({ address: check.address, port })),
        };
      }),
    ),
    serves: well.length > 0,
    ingress: SecurityGroups.length > 0 ? balancing.rulesOf(SecurityGroups) : undefined,
    checks: [...new Map(served.flatMap(({ all }) => all.map(({ check }) => [check.key, check]))).values()],
  };
}

/** Returns the healthy candidates, or all if none is healthy (AWS's guide to network load balancers, "fail open"). */
function chosen(candidates: readonly Candidate[]): readonly Candidate[] {
  const well = candidates.filter(({ healthy }) => healthy);
  return well.length > 0 ? well : candidates;
}

/**
 * Returns the ports that a listener opens, one per protocol, each with the listener's candidates. Leaves out protocols
 * that aren't simulated.
 */
function serve({ Protocol, Port = 0, DefaultActions = [], ListenerArn }: Listener, balancing: Balancing) {
  const protocols = { TCP: ["tcp"], UDP: ["udp"], TCP_UDP: ["tcp", "udp"] } as const;
  const known = Protocol && Protocol in protocols ? protocols[Protocol as keyof typeof protocols] : [];
  if (known.length === 0) balancing.unknown(`${ListenerArn}: a listener for ${Protocol}`);
  const action = DefaultActions[0];
  const arn = action?.TargetGroupArn ?? action?.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn;
  const group = balancing.facts.targetGroups.find((each) => each.group.TargetGroupArn === arn);
  const all = group ? candidates(group, balancing) : [];
  return known.map((protocol) => ({ protocol, port: Port, all }));
}

function candidates({ group, targets }: TargetGroupFacts, { machines, healthy, unknown }: Balancing): Candidate[] {
  const { TargetType, TargetGroupName: name, Port = 0 } = group;
  if (TargetType !== "instance") {
    unknown(`${name}: targets by ${TargetType}`);
    return [];
  }
  return targets.flatMap(({ Id, Port: port = Port }) => {
    const machine = machines.find(({ instanceId }) => instanceId === Id);
    if (machine === undefined) return [];
    const check = checkOf(group, machine, port);
    return [{ zone: machine.zone, check, port, healthy: healthy(check.key) }];
  });
}

function checkOf(group: TargetGroup, machine: MachineRecord, port: number): Check {
  const { name, privateAddress, instanceId } = machine;
  const protocol = group.HealthCheckProtocol?.toLowerCase();
  const own = group.HealthCheckPort === undefined || group.HealthCheckPort === "traffic-port";
  const check = {
    address: privateAddress,
    port: own ? port : Number(group.HealthCheckPort),
    protocol: protocol === "http" || protocol === "https" ? protocol : "tcp",
    path: group.HealthCheckPath ?? "/",
    codes: group.Matcher?.HttpCode ?? "200-399",
    intervalSeconds: Math.max(shortestIntervalSeconds, group.HealthCheckIntervalSeconds ?? 30),
    timeoutSeconds: group.HealthCheckTimeoutSeconds ?? 10,
    healthyThreshold: group.HealthyThresholdCount ?? 5,
    unhealthyThreshold: group.UnhealthyThresholdCount ?? 2,
    initially: false,
  } as const;
  // The key contains all settings, so that a changed check starts again.
  const key = [group.TargetGroupArn, name, ...Object.values(check)].join(" ");
  return { ...check, key, target: `${group.TargetGroupArn} ${instanceId}` };
}
