import type * as iam from "@pulumi/aws/iam";
import { eitherOf, inputsOf, type Rule, type Validator, when } from "../rule";

/** The members of a policy statement that these rules read. */
export interface Statement {
  readonly Effect: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Rules for IAM roles and policies. */
export const identityRules: readonly Rule[] = [
  {
    name: "iam-actions",
    control: "A policy lists each allowed action by name",
    remedy: "List each action by name in model/aws/policies.ts",
    validate: everyAllowed(({ Action, ...others }) => [
      ...list(Action).flatMap((action) => when(action.includes("*"), `it allows ${action}`)),
      ...when("NotAction" in others, "it allows all actions except some"),
    ]),
  },
  {
    name: "iam-resources",
    control: "A policy lists each resource by name",
    remedy: "List each resource by name, or add a waiver with a reason to policy/waivers.ts",
    validate: everyAllowed(({ Action, Resource, ...others }) => [
      ...list(Resource)
        .filter((resource) => resource.includes("*"))
        .flatMap((resource) => list(Action).map((action) => `${action} on ${resource}`)),
      ...when("NotResource" in others, "it allows actions on all resources except some"),
    ]),
  },
  {
    name: "iam-trust",
    control: "Only an AWS service can assume a role",
    remedy: "Name the service, as trustPolicy of model/aws/policies.ts does",
    validate: inputsOf<iam.RoleArgs>("aws:iam/role:Role", ({ assumeRolePolicy }) =>
      statements(assumeRolePolicy).flatMap(({ Principal }) =>
        when(!isService(Principal), `it trusts ${JSON.stringify(Principal)}`),
      ),
    ),
  },
  {
    name: "bucket-own",
    control: "Only roles of its own account access a bucket: its policy grants access to no principal",
    remedy: "Remove the statement, and grant the role's permissions in its RolePolicy",
    validate: inputsOf<{ readonly policy?: unknown }>("aws:s3/bucketPolicy:BucketPolicy", ({ policy }) =>
      statements(policy).flatMap(({ Effect, Principal }) =>
        when(Effect === "Allow", `it grants access to ${JSON.stringify(Principal)}`),
      ),
    ),
  },
  {
    name: "iam-own-policies",
    control: "Only roles have permissions, each in its own RolePolicy: no users, access keys or managed policies",
    remedy: "Put the permissions into a RolePolicy",
    validate: eitherOf(
      inputsOf<iam.RoleArgs>("aws:iam/role:Role", ({ managedPolicyArns = [], inlinePolicies = [] }) => [
        ...managedPolicyArns.map((arn) => `it has ${arn}`),
        ...when(inlinePolicies.length > 0, "it has inline policies, which no other rule checks"),
      ]),
      ({ type }) => when(/^aws:iam\/(user|accessKey|group|\w*[pP]olicyAttachment)\w*:/.test(type), `it is a ${type}`),
    ),
  },
];

/** Returns a validator for the Allow statements of role, IAM and bucket policies. */
function everyAllowed(look: (statement: Statement) => readonly string[]): Validator {
  const validate = ({ policy }: { readonly policy?: unknown }) =>
    statements(policy)
      .filter(({ Effect }) => Effect === "Allow")
      .flatMap(look);
  return eitherOf(
    inputsOf<{ readonly policy?: unknown }>("aws:iam/rolePolicy:RolePolicy", validate),
    inputsOf<{ readonly policy?: unknown }>("aws:iam/policy:Policy", validate),
    inputsOf<{ readonly policy?: unknown }>("aws:s3/bucketPolicy:BucketPolicy", validate),
  );
}

/** Returns a policy's statements. The policy is JSON text or an object. */
export function statements(policy: unknown): readonly Statement[] {
  const { Statement } = (typeof policy === "string" ? JSON.parse(policy) : policy) as { Statement: Statement[] };
  return Statement;
}

function list(one: string | readonly string[] | undefined): readonly string[] {
  return typeof one === "string" ? [one] : (one ?? []);
}

function isService(principal: unknown): boolean {
  return typeof principal === "object" && principal !== null && Object.keys(principal).join() === "Service";
}
