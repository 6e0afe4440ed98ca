import type { ServiceKind } from "../images";
import { ofType, type ResourceChange, type Side, text } from "./change";
import { nodeOf } from "./nodes";

/** A service in a node's bundle (`plan.json`, see `templates/node/bundle.ts`). */
export interface PlannedService {
  readonly name: string;
  readonly kind: ServiceKind;
  readonly image: string;
  /** Digest of its container's entry in compose.yaml. */
  readonly digest: string;
}

/** A bundle as a preview shows it: file contents by path, with placeholders instead of secrets. */
export interface PreviewedBundle {
  readonly files: Readonly<Record<string, string>>;
  readonly services: readonly PlannedService[];
}

/**
 * A node's bundle before and after the update. `before` or `after` is undefined if the bundle does not exist then, or
 * if its content is unknown before the update.
 */
export interface BundleChange {
  readonly node: string;
  readonly before?: PreviewedBundle;
  readonly after?: PreviewedBundle;
}

/** Returns the changes of bundles that exist both before and after the update. */
export function bundleChanges(changes: readonly ResourceChange[]): BundleChange[] {
  return ofType("BucketObjectv2", changes)
    .filter(({ before, after }) => before && after)
    .map((change) => {
      const [before, after] = [bundle(change, "before"), bundle(change, "after")];
      return { node: nodeOf(change.name, "bundle"), ...(before && { before }), ...(after && { after }) };
    });
}

/** Returns every known bundle on one side of the change. */
export function bundlesOf(changes: readonly ResourceChange[], side: Side): PreviewedBundle[] {
  return ofType("BucketObjectv2", changes).flatMap((change) => bundle(change, side) ?? []);
}

/** Returns a bundle's files in a folder, by their path relative to the folder. */
export function below(folder: string, { files }: PreviewedBundle): Readonly<Record<string, string>> {
  const inside = Object.entries(files).filter(([path]) => path.startsWith(folder));
  return Object.fromEntries(inside.map(([path, content]) => [path.slice(folder.length), content]));
}

/** Returns the names that only one of the two objects has, and the names whose values differ. */
export function differing(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]).toSorted();
}

function bundle(change: ResourceChange, side: Side): PreviewedBundle | undefined {
  const content = text(change[side], "content");
  if (content === "") return undefined;
  const files: PreviewedBundle["files"] = JSON.parse(content);
  return { files, services: JSON.parse(files["plan.json"] ?? '{"services":[]}').services };
}
