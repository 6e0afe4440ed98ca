import { instanceType, internetMbps } from "../capacity/instances";
import { type Operation, ofType, type ResourceChange, text } from "./change";

/** What becomes of an EC2 instance. */
export interface NodeChange {
  /** Such as `euc1-1`. */
  readonly node: string;
  readonly operation: Exclude<Operation, "same" | "update" | "leave">;
  /** Instance types. */
  readonly before?: string;
  readonly after?: string;
  /** Fewer vCPUs or less bandwidth than before. */
  readonly smaller: boolean;
}

/** Nodes that come, go, or get another instance. */
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

/** The node that a resource belongs to: `euc1-1` of `euc1-1-instance`. */
export function nodeOf(name: string, suffix: string): string {
  return name.endsWith(`-${suffix}`) ? name.slice(0, -suffix.length - 1) : name;
}

function isSmaller(before: string, after: string): boolean {
  const [was, is] = [instanceType(before), instanceType(after)];
  if (was === undefined || is === undefined) return false;
  return is.vcpus < was.vcpus || internetMbps(is) < internetMbps(was);
}
