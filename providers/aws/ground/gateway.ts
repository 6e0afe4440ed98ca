import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { metadataServer } from "./metadata";
import { serveNames } from "./names";
import { renderRuleset } from "./ruleset";
import { addresses, emptyState, type GroundState, type MachineRecord, type Peering, ports, stateFile } from "./state";

/** One change of what the gateway knows. */
export type Change =
  | { readonly put: MachineRecord }
  | { readonly remove: string }
  | { readonly peer: Peering }
  | { readonly part: Peering };

/** What the gateway's container runs: `serve` for as long as it lives, and `change` for one {@link Change}. */
const verbs: Readonly<Record<string, () => void>> = { serve, change };

function serve(): void {
  for (const address of [addresses.metadata, addresses.services, addresses.internetRouter]) {
    execFileSync("ip", ["address", "add", `${address}/32`, "dev", "lo"]);
  }
  take(emptyState);
  metadataServer(state).listen(ports.metadata, addresses.metadata);
  serveNames(ports.dns);
}

/** Takes the {@link Change} in its environment. The caller sees to it that there is one at a time. */
function change(): void {
  const wanted: Change = JSON.parse(process.env["CHANGE"] ?? "");
  take(changed(state(), wanted));
}

function changed({ machines, peerings }: GroundState, change: Change): GroundState {
  const without = (name: string) => machines.filter((machine) => machine.name !== name);
  const apart = ([a, b]: Peering) => peerings.filter((pair) => !(pair.includes(a) && pair.includes(b)));
  if ("put" in change) return { machines: [...without(change.put.name), change.put], peerings };
  if ("remove" in change) return { machines: without(change.remove), peerings };
  if ("peer" in change) return { machines, peerings: [...apart(change.peer), change.peer] };
  return { machines, peerings: apart(change.part) };
}

/** Rules first: a state that they refuse is not kept. */
function take(next: GroundState): void {
  execFileSync("nft", ["-f", "-"], { input: renderRuleset(next) });
  writeFileSync(`${stateFile}.new`, JSON.stringify(next));
  renameSync(`${stateFile}.new`, stateFile);
}

function state(): GroundState {
  return existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, "utf8")) : emptyState;
}

verbs[process.argv[2] ?? ""]?.();
