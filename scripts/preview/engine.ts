import type { EngineEvent, OpType, StepEventMetadata } from "@pulumi/pulumi/automation";
import { type Inputs, isReal, type Operation, type ResourceChange } from "../../model/preview/change";

/** The values that represent an unknown value and mark a secret in events (pulumi's `sdk/go/common/resource`). */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const secretMark = "4dabf18193072939515e22adb298388d";

const replacing: readonly OpType[] = ["replace", "create-replacement", "delete-replaced", "import-replacement"];
const gone: readonly OpType[] = ["delete", "discard"];
const there: readonly OpType[] = ["create", "import"];

/** Derives a preview's changes from the engine's events: one per resource, even if a replacement has several steps. */
export function changesOf(events: readonly EngineEvent[]): ResourceChange[] {
  const steps = new Map<string, StepEventMetadata[]>();
  for (const { resourcePreEvent } of events) {
    const step = resourcePreEvent?.metadata;
    if (step === undefined || !isReal(step.type)) continue;
    steps.set(step.urn, [...(steps.get(step.urn) ?? []), step]);
  }
  return [...steps.values()].map(changeOf);
}

function changeOf(steps: readonly StepEventMetadata[]): ResourceChange {
  const { urn = "", type = "" } = steps[0] ?? {};
  const before = known(steps.map(({ old }) => old?.inputs).find((inputs) => inputs !== undefined));
  const after = known(steps.map((step) => step.new?.inputs).findLast((inputs) => inputs !== undefined));
  const operation = operationOf(steps);
  const retained = steps.some(isLeft);
  return {
    operation,
    type,
    name: urn.split("::").at(-1) ?? "",
    ...(before && operation !== "create" && { before }),
    ...(after && operation !== "delete" && { after }),
    ...(retained && { retained }),
    changed: [...new Set(steps.flatMap(({ diffs = [], keys = [] }) => [...diffs, ...keys].map(head)))].toSorted(),
  };
}

function operationOf(steps: readonly StepEventMetadata[]): Operation {
  const ops = steps.map(({ op }) => op);
  if (ops.some((op) => replacing.includes(op))) return "replace";
  if (ops.some((op) => there.includes(op))) return "create";
  if (ops.some((op) => gone.includes(op))) return steps.some(isLeft) ? "leave" : "delete";
  return ops.includes("update") ? "update" : "same";
}

/** Reports whether the engine only removes the resource from the state (`retainOnDelete`), such as a data volume. */
export function isLeft({ op, old }: StepEventMetadata): boolean {
  return (gone.includes(op) || replacing.includes(op)) && old?.retainOnDelete === true;
}

/** Returns the input that a property path starts with: `triggers` for `triggers[0]`. */
export function head(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}

/** Returns a resource's inputs without unknown values, and with `[secret]` in place of each secret. */
function known(inputs: Record<string, unknown> | undefined): Inputs | undefined {
  return inputs && (cleaned(inputs) as Inputs);
}

function cleaned(value: unknown): unknown {
  if (value === unknownValue) return undefined;
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== "object" || value === null) return value;
  if (secretMark in value) return "[secret]";
  const members = Object.entries(value).map(([name, member]) => [name, cleaned(member)] as const);
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}
