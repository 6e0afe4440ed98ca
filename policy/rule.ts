import type { PolicyResource, ResourceValidationArgs } from "@pulumi/policy";
import type { Unwrap } from "@pulumi/pulumi";
import type { PolicyContext } from "./context";

interface Told {
  /** Lower case with dashes. */
  readonly name: string;
  /** What holds where the rule is kept, as a sentence without its full stop. */
  readonly control: string;
  /** What fixes a violation, as a sentence without its full stop. */
  readonly remedy: string;
}

/** Judges one resource's inputs, before it is made: a violation stops it. */
export interface ResourceRule extends Told {
  /** What is wrong with it, a short text each; a waiver names one by that text. */
  readonly validate: Validator;
}

export type Validator = (resource: ResourceValidationArgs, context: PolicyContext) => readonly string[];

/** Judges how resources belong together, at the end of a preview. */
export interface StackRule extends Told {
  readonly validateStack: (resources: readonly PolicyResource[], context: PolicyContext) => readonly Finding[];
}

export type Rule = ResourceRule | StackRule;

export interface Finding {
  /** As {@link ResourceRule.judge} has it. */
  readonly what: string;
  /** Left out where what is wrong is that there is none. */
  readonly resource?: PolicyResource;
}

/**
 * Judges the inputs of one type. Their shape comes from the provider's package, and none of it is loaded: that would cost
 * each preview a second.
 */
export function inputsOf<Args>(
  type: string,
  validate: (inputs: Unwrap<Args>, context: PolicyContext, resource: ResourceValidationArgs) => readonly string[],
): Validator {
  return (resource, context) =>
    resource.type === type ? validate(resource.props as Unwrap<Args>, context, resource) : [];
}

/** Judges a resource by whichever of these is for its type. */
export function eitherOf(...validators: readonly Validator[]): Validator {
  return (resource, context) => validators.flatMap((validate) => validate(resource, context));
}

/** The text where the condition holds, nothing else. */
export function when(condition: boolean, what: string): readonly string[] {
  return condition ? [what] : [];
}

/** A value, or undefined while only making the resource can tell it. @pulumi/policy then throws, and exports no type of that. */
export function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (/can't be known during preview/.test((error as Error).message)) return undefined;
    throw error;
  }
}
