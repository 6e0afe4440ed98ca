import { execFileSync } from "node:child_process";
import { emptyAccount, readAccount } from "./account";
import { countChanges, reportTargetHealth } from "./aws";
import { nextAddress } from "./elastic";
import { HealthChecks } from "./health";
import { Latency } from "./latency";
import { renderRuleset } from "./ruleset";
import {
  addresses,
  type CacheRecord,
  type EndpointRecord,
  emptyState,
  interfaceOf,
  type MachineRecord,
  type Peering,
  type SimulatorState,
  type Topology,
} from "./state";
import { deriveTopology } from "./topology";

/** One change of what the gateway was told. */
export type Change =
  | { readonly put: MachineRecord }
  | { readonly putCache: CacheRecord }
  | { readonly remove: string }
  | { readonly peer: Peering }
  | { readonly part: Peering }
  /** Milliseconds that a packet takes from one region to another. */
  | { readonly latency: number }
  /** A client outside that is near to a region. */
  | { readonly near: { readonly address: string; readonly region: string } };

/** Keeps the gateway's rules in step with what it was told and with the simulated AWS; all that writes them waits its turn. */
export class Reconciler {
  private registered = emptyState;
  private account = emptyAccount;
  /** How many the simulated AWS had had when it was read. */
  private changes = -1;
  private placed: Topology = { machines: [], caches: [], balancers: [], nameChecks: [], ways: [] };
  private rules = "";
  private reportedHealth = "";
  private turn: Promise<unknown> = Promise.resolve();
  private readonly logged = new Set<string>();
  private readonly balancerAddresses = new Map<string, string>();
  private readonly latency = new Latency();
  private readonly health = new HealthChecks(() => this.reapply());

  constructor() {
    this.apply(emptyState);
  }

  get state(): SimulatorState {
    return this.registered;
  }

  get topology(): Topology {
    return this.placed;
  }

  /** Whether a health check of Route 53 finds its address well; one that is not known leaves no record out. */
  isHealthy(id: string): boolean {
    const found = this.placed.nameChecks.find((each) => each.id === id);
    if (found === undefined) return true;
    // One that is disabled asks nobody and counts as healthy, unless it is inverted (AWS's reference of UpdateHealthCheck).
    if (found.disabled) return !found.inverted;
    return (this.health.healthy(found.check.key) ?? true) !== found.inverted;
  }

  /** The region that an address is in or near to, undefined where nothing is known of it. */
  regionOf(address: string): string | undefined {
    const endpoint = this.registered.machines.find(({ privateAddress }) => privateAddress === address);
    return endpoint?.region ?? this.registered.near?.[address];
  }

  /**
   * Ends when packets meet the change, with what there is to say of it.
   * @throws where the rules refuse it, which leaves all as it was
   */
  change(change: Change): Promise<string> {
    return this.inTurn(async () => {
      if ("latency" in change && !this.latency.possible) return "no latency between regions: this kernel has no netem";
      const next = changed(this.registered, change);
      await this.readAccount(next);
      this.apply(next);
      await this.reportHealth();
      return "latency" in change ? `${change.latency} ms each way between regions` : "";
    });
  }

  /** Takes over what has changed at the simulated AWS. */
  poll(): Promise<void> {
    return this.inTurn(async () => {
      if ((await countChanges()) !== this.changes) await this.readAccount(this.registered);
      this.apply(this.registered);
      await this.reportHealth();
    }).catch((error: Error) => this.log(error.message));
  }

  /** After news that are not of the simulated AWS. */
  private reapply(): Promise<void> {
    return this.inTurn(async () => {
      this.apply(this.registered);
      await this.reportHealth();
    }).catch((error: Error) => this.log(error.message));
  }

  /** Sends the simulated AWS the health of targets when it has changed. */
  private async reportHealth(): Promise<void> {
    const checks = this.placed.balancers.flatMap((balancer) => balancer.checks);
    const targets = Object.fromEntries(
      checks.map(({ target = "", key }) => [target, this.health.healthy(key) ?? false] as const),
    );
    const text = JSON.stringify(targets);
    if (text === this.reportedHealth) return;
    try {
      await reportTargetHealth(targets);
      this.reportedHealth = text;
    } catch (error) {
      this.log(`the simulated AWS takes no target's health: ${(error as Error).message}`);
    }
  }

  private async readAccount(registered: SimulatorState): Promise<void> {
    try {
      const changes = await countChanges();
      this.account = await readAccount(registered);
      this.changes = changes;
    } catch (error) {
      this.log(`the simulated AWS does not answer, all stays as it is: ${(error as Error).message}`);
    }
  }

  /** Rules first: what they refuse is not kept. */
  private apply(registered: SimulatorState): void {
    const placed = deriveTopology(registered, {
      account: this.account,
      addressOf: (arn, zone) => this.balancerAddress(`${arn} ${zone}`),
      healthy: (check) => this.health.healthy(check) ?? false,
      unknown: (what) => this.log(`not simulated: ${what}`),
    });
    const rules = renderRuleset(placed);
    if (rules !== this.rules) execFileSync("nft", ["-f", "-"], { input: rules });
    [this.registered, this.placed, this.rules] = [registered, placed, rules];
    const { latencyMilliseconds } = registered;
    if (latencyMilliseconds !== undefined) {
      const endpoints = [...placed.machines, ...placed.caches];
      const names = endpoints.map(({ privateAddress }) => interfaceOf("machine", privateAddress));
      this.latency.apply(names, latencyMilliseconds);
    }
    const asked = placed.nameChecks.filter(({ disabled }) => !disabled).map(({ check }) => check);
    this.health.watch([...placed.balancers.flatMap(({ checks }) => checks), ...asked]);
  }

  private balancerAddress(key: string): string {
    const taken = this.balancerAddresses;
    const address = taken.get(key) ?? nextAddress([...taken.values()], addresses.balancers);
    taken.set(key, address);
    return address;
  }

  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(task);
    this.turn = mine.catch(() => {});
    return mine;
  }

  /** Once: the next look finds the same. */
  private log(what: string): void {
    if (this.logged.has(what)) return;
    this.logged.add(what);
    console.error(what);
  }
}

function changed(state: SimulatorState, change: Change): SimulatorState {
  const { machines, caches, peerings } = state;
  const others = <T extends EndpointRecord>(all: readonly T[], name: string) =>
    all.filter((each) => each.name !== name);
  const apart = ([a, b]: Peering) => peerings.filter((pair) => !(pair.includes(a) && pair.includes(b)));
  if ("put" in change) return { ...state, machines: [...others(machines, change.put.name), change.put] };
  if ("putCache" in change) return { ...state, caches: [...others(caches, change.putCache.name), change.putCache] };
  if ("remove" in change) {
    return { ...state, machines: others(machines, change.remove), caches: others(caches, change.remove) };
  }
  if ("near" in change) return { ...state, near: { ...state.near, [change.near.address]: change.near.region } };
  if ("latency" in change) return { ...state, latencyMilliseconds: change.latency };
  if ("peer" in change) return { ...state, peerings: [...apart(change.peer), change.peer] };
  return { ...state, peerings: apart(change.part) };
}
