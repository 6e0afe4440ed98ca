import type Dockerode from "dockerode";
import type { Fleet, FleetNode } from "../../model/fleet";
import type { ServiceSpec } from "../../model/service";
import type { Secrets } from "../../model/settings/secrets";

/** The local stack to check, from its stack file and `.env`. */
export interface DoctorContext {
  readonly stack: string;
  readonly fleet: Fleet;
  readonly node: FleetNode;
  readonly specs: readonly ServiceSpec[];
  readonly secrets: Secrets;
  /** PEM of the local certificate authority, if it exists. */
  readonly ca?: string;
  readonly docker: Dockerode;
}

/** Returns the loopback URL of LiveKit's API. */
export function apiUrl({ fleet }: DoctorContext): string {
  return `http://127.0.0.1:${fleet.ports.api.first}`;
}
