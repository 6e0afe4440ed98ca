import { bundlesOf } from "./bundles";
import { ofType, type ResourceChange, type Side } from "./change";

/** How secrets change. During a rotation, two secrets of a kind are valid. */
export type SecretChange = "rotation begins" | "rotation ends" | "replaced at once";

/** The inputs that hold the stack's secrets, by type. */
const secretInputs = { SecretVersion: "secretString", ReplicationGroup: "authToken" } as const;

/** Determines how the secrets of an existing stack change. Uses the number of secrets, never their values. */
export function secretChange(changes: readonly ResourceChange[]): SecretChange | undefined {
  const [before, after] = [secretCount(changes, "before"), secretCount(changes, "after")];
  // Files that are not known before the update contain no placeholders, so the count after the update is 0.
  if (before > 0 && after === 0) return undefined;
  if (before > 0 && after > before) return "rotation begins";
  if (after > 0 && after < before) return "rotation ends";
  const others = Object.entries(secretInputs).some(([type, input]) =>
    ofType(type, changes).some(({ before, after, changed }) => before && after && changed.includes(input)),
  );
  return others ? "replaced at once" : undefined;
}

/** Counts the API keys and TURN secrets that a node's files have placeholders for. */
function secretCount(changes: readonly ResourceChange[], side: Side): number {
  const texts = bundlesOf(changes, side).flatMap(({ files }) => Object.values(files));
  const places = texts.flatMap((content) => [...content.matchAll(/@@((?:apiKey|turnSecret)\.\d+)@@/g)]);
  return new Set(places.map(([, name]) => name)).size;
}
