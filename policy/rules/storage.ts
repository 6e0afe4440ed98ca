import type * as elasticache from "@pulumi/aws/elasticache";
import type * as s3 from "@pulumi/aws/s3";
import type { PolicyResource } from "@pulumi/policy";
import type { Unwrap } from "@pulumi/pulumi";
import { inputsOf, known, type Rule, type StackRule, when } from "../rule";
import { type Statement, statements } from "./identity";

const replicationGroup = "aws:elasticache/replicationGroup:ReplicationGroup";

/** Rules for buckets and Redis. */
export const storageRules: readonly Rule[] = [
  {
    name: "bucket-private",
    control: "No bucket can be made public",
    remedy: "Give it a BucketPublicAccessBlock whose four settings are true",
    validateStack: everyBucketHas<s3.BucketPublicAccessBlockArgs>(
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      "is not kept private",
      ({ blockPublicAcls, blockPublicPolicy, ignorePublicAcls, restrictPublicBuckets }) =>
        [blockPublicAcls, blockPublicPolicy, ignorePublicAcls, restrictPublicBuckets].every((each) => each === true),
    ),
  },
  {
    name: "bucket-versioned",
    control: "Every bucket keeps versions",
    remedy: "Give it a BucketVersioning that is Enabled",
    validateStack: everyBucketHas<s3.BucketVersioningArgs>(
      "aws:s3/bucketVersioning:BucketVersioning",
      "keeps no versions",
      ({ versioningConfiguration }) => versioningConfiguration.status === "Enabled",
    ),
  },
  {
    name: "bucket-encrypted",
    control: "Every bucket says how it is encrypted",
    remedy: "Give it a BucketServerSideEncryptionConfiguration",
    validateStack: everyBucketHas<s3.BucketServerSideEncryptionConfigurationArgs>(
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      "does not say how it is encrypted",
      ({ rules }) => rules.some(({ applyServerSideEncryptionByDefault: by }) => Boolean(by?.sseAlgorithm)),
    ),
  },
  {
    name: "bucket-tls",
    control: "Every bucket refuses whoever speaks to it without TLS",
    remedy: "Give it a BucketPolicy of tlsOnlyPolicy (model/aws/policies.ts)",
    validateStack: everyBucketHas<s3.BucketPolicyArgs>(
      "aws:s3/bucketPolicy:BucketPolicy",
      "takes plain HTTP",
      ({ policy }) => statements(policy).some(refusesPlainHttp),
    ),
  },
  {
    name: "redis-encrypted",
    control: "Redis speaks TLS alone, and what it keeps is encrypted",
    remedy: 'Set transitEncryptionEnabled, transitEncryptionMode "required" and atRestEncryptionEnabled',
    validate: inputsOf<elasticache.ReplicationGroupArgs>(replicationGroup, (group) => [
      ...when(
        group.transitEncryptionEnabled !== true || group.transitEncryptionMode !== "required",
        "it takes connections without TLS",
      ),
      ...when(group.atRestEncryptionEnabled !== true, "what it keeps is not encrypted"),
    ]),
  },
  {
    name: "redis-password",
    control: "Redis asks for the stack's password",
    remedy: "Set authToken to livekit:redisPassword",
    validate: inputsOf<elasticache.ReplicationGroupArgs>(replicationGroup, (group) =>
      when(!known(() => group.authToken), "it asks for no password"),
    ),
  },
];

/**
 * Returns a validator: each bucket needs a resource of this type whose inputs `holds` accepts. Unknown inputs are accepted.
 */
function everyBucketHas<Args>(
  type: string,
  lacking: string,
  holds: (inputs: Unwrap<Args>) => boolean,
): StackRule["validateStack"] {
  const isKept = (bucket: PolicyResource) => (each: PolicyResource) =>
    each.type === type &&
    each.dependencies.some(({ urn }) => urn === bucket.urn) &&
    known(() => holds(each.props as Unwrap<Args>)) !== false;
  return (resources) =>
    resources
      .filter((each) => each.type === "aws:s3/bucket:Bucket" && !resources.some(isKept(each)))
      .map((resource) => ({ what: `${resource.name} ${lacking}`, resource }));
}

/** Reports whether a statement denies all S3 actions to all principals over plain HTTP. */
function refusesPlainHttp({ Effect, Principal, Action, Condition }: Statement): boolean {
  return (
    Effect === "Deny" &&
    Principal === "*" &&
    Action === "s3:*" &&
    Condition?.["Bool"]?.["aws:SecureTransport"] === "false"
  );
}
