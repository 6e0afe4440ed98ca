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

/** A change to the registered state. */
export type Change =
  | { readonly put: MachineRecord }
  | { readonly putCache: CacheRecord }
  | { readonly remove: string }
  | { readonly peer: Peering }
  | { readonly part: Peering }
  /** Latency between regions, in milliseconds. */
  | { readonly latency: number }
  /** An external client's nearest region. */
  | { readonly near: { readonly address: string; readonly region: string } };

/** Keeps the gateway's rules up to date with the registered state and the simulated AWS. Updates run one at a time. */
export class Reconciler {
  private registered = emptyState;
  private account = emptyAccount;
  /** Change count of the simulated AWS when the account was last read. */
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

  /** Reports whether a Route 53 health check passes. Unknown health checks count as healthy. */
  isHealthy(id: string): boolean {
    const found = this.placed.nameChecks.find((each) => each.id === id);
    if (found === undefined) return true;
    // A disabled health check counts as healthy, unless it is inverted (AWS's reference of UpdateHealthCheck).
    if (found.disabled) return !found.inverted;
    return (this.health.healthy(found.check.key) ?? true) !== found.inverted;
  }

  /** Returns the region that an address is in or nearest to, or undefined if unknown. */
  regionOf(address: string): string | undefined {
    const endpoint = this.registered.machines.find(({ privateAddress }) => privateAddress === address);
    return endpoint?.region ?? this.registered.near?.[address];
  }

  /**
   * Applies a change. Resolves once it is in effect, with a message.
   * @throws if nftables rejects the rules; the previous state stays in effect
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

  /** Applies changes from the simulated AWS. */
  poll(): Promise<void> {
    return this.inTurn(async () => {
      if ((await countChanges()) !== this.changes) await this.readAccount(this.registered);
      this.apply(this.registered);
      await this.reportHealth();
    }).catch((error: Error) => this.log(error.message));
  }

  /** Applies the current state again after a target's health changed. */
  private reapply(): Promise<void> {
    return this.inTurn(async () => {
      this.apply(this.registered);
      await this.reportHealth();
    }).catch((error: Error) => this.log(error.message));
  }

  /** Reports target health to the simulated AWS if it has changed. */
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

  /** Loads the rules before storing the state, so that a rejected state is not kept. */
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
    const enabledChecks = placed.nameChecks.filter(({ disabled }) => !disabled).map(({ check }) => check);
    this.health.watch([...placed.balancers.flatMap(({ checks }) => checks), ...enabledChecks]);
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

  /** Logs each message only once, because every poll finds the same problems again. */
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
