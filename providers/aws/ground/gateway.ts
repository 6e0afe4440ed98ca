import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { metadataServer } from "./metadata";
import { serveNames } from "./names";
import { renderRuleset } from "./ruleset";
import { addresses, emptyState, type GroundState, type MachineRecord, ports } from "./state";

/** What the gateway's container runs: `serve` for as long as it lives, and `change` for one change of what it knows. */
export type Change = { readonly put: MachineRecord } | { readonly remove: string };

const stateFile = "/var/lib/ground.json";

const verbs: Readonly<Record<string, () => void>> = { serve, change };

function serve(): void {
  for (const address of [addresses.metadata, addresses.services, addresses.internetRouter]) {
    execFileSync("ip", ["address", "add", `${address}/32`, "dev", "lo"]);
  }
  // What no machine and no client has is nowhere.
  for (const network of [addresses.elastic, addresses.internet]) {
    execFileSync("ip", ["route", "add", "blackhole", network]);
  }
  take(emptyState);
  metadataServer(state).listen(ports.metadata, addresses.metadata);
  serveNames(ports.dns);
}

/** Takes the {@link Change} in its environment. The caller sees to it that there is one at a time. */
function change(): void {
  const wanted: Change = JSON.parse(process.env["CHANGE"] ?? "");
  const name = "put" in wanted ? wanted.put.name : wanted.remove;
  const others = state().machines.filter((machine) => machine.name !== name);
  take({ machines: "put" in wanted ? [...others, wanted.put] : others });
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
