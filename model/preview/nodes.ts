import { instanceType, internetMbps } from "../capacity/instances";
import { type Operation, ofType, type ResourceChange, text } from "./change";

/** A change of an EC2 instance. */
export interface NodeChange {
  /** Node name, such as `euc1-1`. */
  readonly node: string;
  readonly operation: Exclude<Operation, "same" | "update" | "leave">;
  /** Instance types before and after the update. */
  readonly before?: string;
  readonly after?: string;
  /** Whether the node has fewer vCPUs or less bandwidth than before. */
  readonly smaller: boolean;
}

/** Returns the nodes that are created, deleted or replaced. */
export function nodeChanges(changes: readonly ResourceChange[]): NodeChange[] {
  return ofType("Instance", changes).flatMap((change): NodeChange[] => {
    const { operation, name } = change;
    if (operation === "same" || operation === "update" || operation === "leave") return [];
    const [before, after] = [text(change.before, "instanceType"), text(change.after, "instanceType")];
    return [
      {
        node: nodeOf(name, "instance"),
        operation,
        ...(before && { before }),
        ...(after && { after }),
        smaller: isSmaller(before, after),
      },
    ];
  });
}

/** Returns the node that a resource belongs to: `euc1-1` for `euc1-1-instance`. */
export function nodeOf(name: string, suffix: string): string {
  return name.endsWith(`-${suffix}`) ? name.slice(0, -suffix.length - 1) : name;
}

function isSmaller(before: string, after: string): boolean {
  const [was, is] = [instanceType(before), instanceType(after)];
  if (was === undefined || is === undefined) return false;
  return is.vcpus < was.vcpus || internetMbps(is) < internetMbps(was);
}
