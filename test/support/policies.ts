import type {
  PolicyResource,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import type { PolicyContext } from "../../policy/context";
import { toPolicies } from "../../policy/policies";
import { rules } from "../../policy/rules/index";
import type { Waiver } from "../../policy/waiver";
import { waivers as ours } from "../../policy/waivers";

/** A resource that a stack registers, as far as the policies read it. */
export interface PlannedResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  readonly protect?: boolean;
  /** URN of its parent component. */
  readonly parent?: string;
  /** Logical names of its dependencies. */
  readonly dependencies?: readonly string[];
}

export interface Violation {
  readonly policy: string;
  /** Logical name; empty if the violation is that a resource is missing. */
  readonly resource: string;
  readonly message: string;
}

/**
 * Validates a stack's resources against the whole policy pack, as Pulumi's engine does: each resource, then the stack.
 */
export async function validate(
  planned: readonly PlannedResource[],
  context: PolicyContext,
  waivers: readonly Waiver[] = ours,
): Promise<readonly Violation[]> {
  const resources = resourcesOf(planned);
  const violations: Violation[] = [];
  const report = (policy: string, fallback: string) => (message: string, urn?: string) => {
    violations.push({ policy, message, resource: urn ?? fallback });
  };
  for (const policy of toPolicies(rules, context, waivers) as (ResourceValidationPolicy & StackValidationPolicy)[]) {
    for (const resource of policy.validateResource ? resources : []) {
      const validators = [policy.validateResource ?? []].flat();
      for (const each of validators)
        await each(resource as unknown as ResourceValidationArgs, report(policy.name, resource.name));
    }
    await policy.validateStack?.({ resources } as never, report(policy.name, ""));
  }
  return violations;
}

/** Converts resources for the policies. Skips components, which have no inputs. A resource's name serves as its URN. */
function resourcesOf(planned: readonly PlannedResource[]): readonly PolicyResource[] {
  const own = planned.filter(isOwn);
  const resources = own.map(({ type, name, inputs, protect = false, parent }) => {
    return { type, name, urn: name, props: inputs, opts: { protect, parent }, dependencies: [] };
  }) as unknown as PolicyResource[];
  for (const [i, { dependencies = [] }] of own.entries()) {
    resources[i]?.dependencies.push(...resources.filter(({ name }) => dependencies.includes(name)));
  }
  return resources;
}

function isOwn({ type }: PlannedResource): boolean {
  return !type.startsWith("livekit:");
}

/** Returns the stack with one resource changed: `undefined` removes an input, `null` the resource. */
export function broken(
  planned: readonly PlannedResource[],
  name: string,
  change: Partial<PlannedResource> | null,
): readonly PlannedResource[] {
  const isIt = (each: PlannedResource) => each.name === name && isOwn(each);
  if (!planned.some(isIt)) throw new Error(`no ${name}`);
  return planned.flatMap((each) => {
    if (!isIt(each)) return [each];
    return change === null ? [] : [{ ...each, ...change, inputs: { ...each.inputs, ...change.inputs } }];
  });
}
