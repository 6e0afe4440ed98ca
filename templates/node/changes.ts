import { createHash } from "node:crypto";
import { mayHaveOthers } from "../../model/aws/plan";
import { isLiveKitServer } from "../../model/fleet";
import { formatLiveKitChange } from "../../model/preview/livekit-change";
import type { ServiceSpec } from "../../model/service";
import type { Settings } from "../../model/settings/schema";
import { type Bundle, serviceDigests } from "./bundle";

type ChangeSettings = Pick<Settings, "changePolicy" | "drainTimeoutSeconds" | "redis">;

/**
 * Returns what a bundle changes on its node, as variables that a preview shows before the update: one per service, one
 * for the machine's own files and one for the agent. LiveKit's variable states how a change affects calls. It does not
 * depend on the number of nodes. Otherwise, when a node is added, a preview would show a change on every node.
 * @example { LIVEKIT: "changePolicy=restart configuration=3fa9c1d2", NGINX: "configuration=0b1e77aa", MACHINE: "…", … }
 */
export function changeVariables(bundle: Bundle, settings: ChangeSettings): Readonly<Record<string, string>> {
  const services = Object.entries(serviceDigests(bundle)).map(([service, digest]) => {
    const configuration = digest.slice(0, 8);
    const line = isLiveKitServer(service)
      ? formatLiveKitChange({ ...stopOf(settings), configuration })
      : `configuration=${configuration}`;
    return [variableName(service), line] as const;
  });
  return {
    ...Object.fromEntries(services),
    MACHINE: `configuration=${digestBelow(bundle, "system/")}`,
    PROGRAM: `version=${digestBelow(bundle, "agent/")}`,
  };
}

/** Returns the names of the change variables of a node with these services. */
export function changeNames(services: readonly Pick<ServiceSpec, "name">[]): string[] {
  return [...services.map(({ name }) => variableName(name)), "MACHINE", "PROGRAM"];
}

function variableName(service: string): string {
  return service.toUpperCase().replaceAll("-", "_");
}

function stopOf({ changePolicy, drainTimeoutSeconds, redis }: ChangeSettings) {
  return changePolicy === "restart"
    ? ({ changePolicy } as const)
    : ({ changePolicy, drainTimeoutSeconds, mayHaveOthers: mayHaveOthers({ redis }) } as const);
}

function digestBelow(bundle: Bundle, folder: string): string {
  const files = Object.entries(bundle).filter(([path]) => path.startsWith(folder));
  const sorted = files.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 8);
}
