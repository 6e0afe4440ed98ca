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
    control: "No bucket can become public",
    remedy: "Add a BucketPublicAccessBlock with all four settings true",
    validateStack: everyBucketHas<s3.BucketPublicAccessBlockArgs>(
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      "does not block public access",
      ({ blockPublicAcls, blockPublicPolicy, ignorePublicAcls, restrictPublicBuckets }) =>
        [blockPublicAcls, blockPublicPolicy, ignorePublicAcls, restrictPublicBuckets].every((each) => each === true),
    ),
  },
  {
    name: "bucket-versioned",
    control: "Every bucket has versioning",
    remedy: "Add a BucketVersioning with status Enabled",
    validateStack: everyBucketHas<s3.BucketVersioningArgs>(
      "aws:s3/bucketVersioning:BucketVersioning",
      "has no versioning",
      ({ versioningConfiguration }) => versioningConfiguration.status === "Enabled",
    ),
  },
  {
    name: "bucket-encrypted",
    control: "Every bucket has an encryption configuration",
    remedy: "Add a BucketServerSideEncryptionConfiguration",
    validateStack: everyBucketHas<s3.BucketServerSideEncryptionConfigurationArgs>(
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      "has no encryption configuration",
      ({ rules }) => rules.some(({ applyServerSideEncryptionByDefault: by }) => Boolean(by?.sseAlgorithm)),
    ),
  },
  {
    name: "bucket-tls",
    control: "Every bucket denies requests without TLS",
    remedy: "Add a BucketPolicy with bucketPolicy (model/aws/policies.ts)",
    validateStack: everyBucketHas<s3.BucketPolicyArgs>(
      "aws:s3/bucketPolicy:BucketPolicy",
      "accepts plain HTTP",
      ({ policy }) => statements(policy).some(deniesPlainHttp),
    ),
  },
  {
    name: "redis-encrypted",
    control: "Redis requires TLS and encrypts its data at rest",
    remedy: 'Set transitEncryptionEnabled, transitEncryptionMode "required" and atRestEncryptionEnabled',
    validate: inputsOf<elasticache.ReplicationGroupArgs>(replicationGroup, (group) => [
      ...when(
        group.transitEncryptionEnabled !== true || group.transitEncryptionMode !== "required",
        "it accepts connections without TLS",
      ),
      ...when(group.atRestEncryptionEnabled !== true, "its data at rest is not encrypted"),
    ]),
  },
  {
    name: "redis-password",
    control: "Redis requires the stack's password",
    remedy: "Set authToken to livekit:redisPassword",
    validate: inputsOf<elasticache.ReplicationGroupArgs>(replicationGroup, (group) =>
      when(!known(() => group.authToken), "it requires no password"),
    ),
  },
];

/**
 * Returns a validator that requires a resource of this type for each bucket. `holds` must accept the inputs of that
 * resource. Inputs that are not known yet are accepted.
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
function deniesPlainHttp({ Effect, Principal, Action, Condition }: Statement): boolean {
  return (
    Effect === "Deny" &&
    Principal === "*" &&
    Action === "s3:*" &&
    Condition?.["Bool"]?.["aws:SecureTransport"] === "false"
  );
}
