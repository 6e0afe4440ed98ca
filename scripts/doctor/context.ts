import type Dockerode from "dockerode";
import type { Fleet, FleetNode } from "../../model/fleet";
import type { ServiceSpec } from "../../model/service";
import type { Secrets } from "../../model/settings/secrets";

/** The stack under examination, as its file and `.env` have it. */
export interface DoctorContext {
  readonly stack: string;
  readonly fleet: Fleet;
  readonly node: FleetNode;
  readonly specs: readonly ServiceSpec[];
  readonly secrets: Secrets;
  /** PEM of the local authority, where it was made. */
  readonly ca?: string;
  readonly docker: Dockerode;
}

/** LiveKit's API as programs on this machine reach it. */
export function apiUrl({ fleet }: DoctorContext): string {
  return `http://127.0.0.1:${fleet.ports.api.first}`;
}
