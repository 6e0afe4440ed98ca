import { execFileSync } from "node:child_process";
import { emptyAccount, readAccount } from "./account";
import { follow } from "./follow";
import { renderRuleset } from "./ruleset";
import { emptyState, type GroundState, type MachineRecord, type Peering, type Topology } from "./state";

/** One change of what the gateway was told. */
export type Change =
  | { readonly put: MachineRecord }
  | { readonly remove: string }
  | { readonly peer: Peering }
  | { readonly part: Peering };

/** Keeps the gateway's rules in step with what it was told and with the simulated AWS; all that writes them waits its turn. */
export class Keeper {
  private told = emptyState;
  private account = emptyAccount;
  private placed: Topology = follow(emptyState, emptyAccount, () => {});
  private rules = "";
  private turn: Promise<unknown> = Promise.resolve();
  private readonly said = new Set<string>();

  constructor() {
    this.apply(emptyState);
  }

  get state(): GroundState {
    return this.told;
  }

  get topology(): Topology {
    return this.placed;
  }

  /** Ends when packets meet the change. @throws where the rules refuse it, which leaves all as it was */
  change(change: Change): Promise<void> {
    return this.inTurn(async () => {
      const next = changed(this.told, change);
      await this.ask(next);
      this.apply(next);
    });
  }

  /** Takes over what has changed at the simulated AWS. */
  look(): Promise<void> {
    return this.inTurn(async () => {
      await this.ask(this.told);
      this.apply(this.told);
    }).catch((error: Error) => this.say(error.message));
  }

  private async ask({ machines }: GroundState): Promise<void> {
    const regions = new Set(machines.map(({ region }) => region));
    try {
      this.account = await readAccount([...regions]);
    } catch (error) {
      this.say(`the simulated AWS does not answer, all stays as it is: ${(error as Error).message}`);
    }
  }

  /** Rules first: what they refuse is not kept. */
  private apply(told: GroundState): void {
    const placed = follow(told, this.account, (what) => this.say(`not simulated: ${what}`));
    const rules = renderRuleset(placed);
    if (rules !== this.rules) execFileSync("nft", ["-f", "-"], { input: rules });
    [this.told, this.placed, this.rules] = [told, placed, rules];
  }

  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(task);
    this.turn = mine.catch(() => {});
    return mine;
  }

  /** Once: the next look finds the same. */
  private say(what: string): void {
    if (this.said.has(what)) return;
    this.said.add(what);
    console.error(what);
  }
}

function changed({ machines, peerings }: GroundState, change: Change): GroundState {
  const without = (name: string) => machines.filter((machine) => machine.name !== name);
  const apart = ([a, b]: Peering) => peerings.filter((pair) => !(pair.includes(a) && pair.includes(b)));
  if ("put" in change) return { machines: [...without(change.put.name), change.put], peerings };
  if ("remove" in change) return { machines: without(change.remove), peerings };
  if ("peer" in change) return { machines, peerings: [...apart(change.peer), change.peer] };
  return { machines, peerings: apart(change.part) };
}
