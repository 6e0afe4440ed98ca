import type Dockerode from "dockerode";
import type { Fleet, FleetNode } from "../../model/fleet";
import type { ServiceSpec } from "../../model/service";
import type { Secrets } from "../../model/settings/secrets";

/** The stack under examination, as its file and `.env` have it. */
export interface Subject {
  readonly stack: string;
  readonly fleet: Fleet;
  readonly node: FleetNode;
  readonly specs: readonly ServiceSpec[];
  readonly secrets: Secrets;
  /** PEM of the local authority, where it was made. */
  readonly ca?: string;
  readonly docker: Dockerode;
}

/** A command of ours for this stack, as the user types it. */
export function npm(command: string, { stack }: Pick<Subject, "stack">, ...args: readonly string[]): string {
  const rest = [...args, ...(stack === "dev" ? [] : ["--stack", stack])];
  const run = command === "start" || command === "stop" ? `npm ${command}` : `npm run ${command}`;
  return rest.length === 0 ? run : `${run} -- ${rest.join(" ")}`;
}

/** Makes containers anew that were changed behind the engine's back: `npm start` alone believes the recorded state. */
export function remake(subject: Pick<Subject, "stack">): string {
  return `${npm("stop", subject)} && ${npm("start", subject)}`;
}

/** LiveKit's API as programs on this machine reach it. */
export function apiUrl({ fleet }: Subject): string {
  return `http://127.0.0.1:${fleet.ports.api.first}`;
}
