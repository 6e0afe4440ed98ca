import type { PolicyResource, ResourceValidationArgs } from "@pulumi/policy";
import type { Unwrap } from "@pulumi/pulumi";
import type { PolicyContext } from "./context";

interface RuleTexts {
  /** Name in kebab-case. */
  readonly name: string;
  /** The requirement, as a sentence without its full stop. */
  readonly control: string;
  /** The fix for a violation, as a sentence without its full stop. */
  readonly remedy: string;
}

/** Validates one resource's inputs before it is created. A violation prevents the creation. */
export interface ResourceRule extends RuleTexts {
  /** Returns a short text for each violation. A waiver matches that text. */
  readonly validate: Validator;
}

export type Validator = (resource: ResourceValidationArgs, context: PolicyContext) => readonly string[];

/** Validates all resources of the stack together, at the end of a preview. */
export interface StackRule extends RuleTexts {
  readonly validateStack: (resources: readonly PolicyResource[], context: PolicyContext) => readonly Finding[];
}

export type Rule = ResourceRule | StackRule;

export interface Finding {
  /** Short text of the violation. A waiver matches this text. */
  readonly what: string;
  /** The resource that violates the rule. Omitted if the violation is that a resource is missing. */
  readonly resource?: PolicyResource;
}

/**
 * Returns a validator for resources of one type. Imports only types from the provider's package, because loading the
 * package would take a second in each preview.
 */
export function inputsOf<Args>(
  type: string,
  validate: (inputs: Unwrap<Args>, context: PolicyContext, resource: ResourceValidationArgs) => readonly string[],
): Validator {
  return (resource, context) =>
    resource.type === type ? validate(resource.props as Unwrap<Args>, context, resource) : [];
}

/** Returns a validator that runs all given validators. Each of them ignores resources of other types. */
export function eitherOf(...validators: readonly Validator[]): Validator {
  return (resource, context) => validators.flatMap((validate) => validate(resource, context));
}

/** Returns the text if the condition holds, else an empty list. */
export function when(condition: boolean, what: string): readonly string[] {
  return condition ? [what] : [];
}

/**
 * Returns a value, or undefined if it is not known before the resource is created. In this case @pulumi/policy throws
 * an error, and does not export the type of the error.
 */
export function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (/can't be known during preview/.test((error as Error).message)) return undefined;
    throw error;
  }
}
