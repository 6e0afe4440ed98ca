import * as calls from "@aws-sdk/client-s3";
import { z } from "zod";
import type { Inputs, ResourceType } from "../../../../provider-kit/resource-type";
import type { Properties } from "../../../../provider-kit/values";
import { managed } from "../../managed";
import { regional } from "../../resource";
import { policyText } from "../policy-text";
import { s3 } from "./client";
import { disableConditions, restoreConditions } from "./conditional-policy";
import { lifecycleErrors, lifecycleRules, rulesFound, rulesToPut } from "./lifecycle";

interface Setting<Shape extends z.ZodRawShape> {
  readonly token: string;
  readonly inputs: Shape;
  validate?(inputs: Inputs<Shape>): readonly string[];
  put(client: calls.S3Client, Bucket: string, inputs: Inputs<Shape>): Promise<unknown>;
  get(client: calls.S3Client, Bucket: string): Promise<Properties>;
  drop(client: calls.S3Client, Bucket: string): Promise<unknown>;
}

/**
 * Defines a setting that a bucket has once. Its id is the bucket's name, and creating it overwrites the existing value.
 */
function setting<Shape extends z.ZodRawShape>({
  token,
  inputs,
  validate,
  put,
  get,
  drop,
}: Setting<Shape>): ResourceType {
  type All = Inputs<Shape> & { readonly region: string; readonly bucket: string };
  const write = (all: All) => put(s3(all.region), all.bucket, all);
  return managed({
    token,
    inputs: { ...regional, bucket: z.string().min(1), ...inputs } as z.ZodRawShape,
    replaceOn: ["bucket"],
    computed: [],
    ...(validate && { validate: (all) => validate(all as Inputs<Shape>) }),
    async make(all) {
      await write(all as All);
      return all["bucket"] as string;
    },
    async set(_, all, before) {
      if (before) await write(all as All);
    },
    find: async (id, region) => ({ bucket: id, ...(await get(s3(region), id)) }),
    remove: (id, region) => drop(s3(region), id),
  });
}

const versioning = setting({
  token: "aws:s3/bucketVersioning:BucketVersioning",
  inputs: { versioningConfiguration: z.strictObject({ status: z.enum(["Enabled", "Suspended"]) }) },
  put: (client, Bucket, { versioningConfiguration: { status: Status } }) =>
    client.send(new calls.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } })),
  async get(client, Bucket) {
    const { Status: status = "Disabled" } = await client.send(new calls.GetBucketVersioningCommand({ Bucket }));
    return { versioningConfiguration: { status } };
  },
  // Versioning can be suspended, but never turned off again.
  drop: (client, Bucket) =>
    client.send(new calls.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } })),
});

const blocked = z.boolean().default(false);

const publicAccessBlock = setting({
  token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  inputs: {
    blockPublicAcls: blocked,
    blockPublicPolicy: blocked,
    ignorePublicAcls: blocked,
    restrictPublicBuckets: blocked,
  },
  put: (client, Bucket, block) =>
    client.send(
      new calls.PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: block.blockPublicAcls,
          BlockPublicPolicy: block.blockPublicPolicy,
          IgnorePublicAcls: block.ignorePublicAcls,
          RestrictPublicBuckets: block.restrictPublicBuckets,
        },
      }),
    ),
  async get(client, Bucket) {
    const found = await client.send(new calls.GetPublicAccessBlockCommand({ Bucket }));
    const block = found.PublicAccessBlockConfiguration;
    return {
      blockPublicAcls: block?.BlockPublicAcls ?? false,
      blockPublicPolicy: block?.BlockPublicPolicy ?? false,
      ignorePublicAcls: block?.IgnorePublicAcls ?? false,
      restrictPublicBuckets: block?.RestrictPublicBuckets ?? false,
    };
  },
  drop: (client, Bucket) => client.send(new calls.DeletePublicAccessBlockCommand({ Bucket })),
});

/** Maximum size in S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html */
const maxPolicyBytes = 20 * 1024;

const policy = setting({
  token: "aws:s3/bucketPolicy:BucketPolicy",
  inputs: {
    policy: policyText.refine(
      (text) => Buffer.byteLength(text) <= maxPolicyBytes,
      `must be at most ${maxPolicyBytes} bytes`,
    ),
  },
  put: (client, Bucket, { policy: Policy }) =>
    client.send(new calls.PutBucketPolicyCommand({ Bucket, Policy: disableConditions(Policy) })),
  async get(client, Bucket) {
    const { Policy = "{}" } = await client.send(new calls.GetBucketPolicyCommand({ Bucket }));
    return { policy: restoreConditions(Policy) };
  },
  drop: (client, Bucket) => client.send(new calls.DeleteBucketPolicyCommand({ Bucket })),
});

const encryption = setting({
  token: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  inputs: {
    rules: z
      .array(
        z.strictObject({
          applyServerSideEncryptionByDefault: z.strictObject({ sseAlgorithm: z.enum(["AES256", "aws:kms"]) }),
        }),
      )
      .length(1, "must be one rule: S3 knows no more"),
  },
  put(client, Bucket, { rules }) {
    const Rules = rules.map(({ applyServerSideEncryptionByDefault: { sseAlgorithm } }) => ({
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: sseAlgorithm },
    }));
    const ServerSideEncryptionConfiguration = { Rules };
    return client.send(new calls.PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
  },
  async get(client, Bucket) {
    const found = await client.send(new calls.GetBucketEncryptionCommand({ Bucket }));
    const rules = (found.ServerSideEncryptionConfiguration?.Rules ?? []).map(
      ({ ApplyServerSideEncryptionByDefault: applied, BucketKeyEnabled: bucketKeyEnabled }) => ({
        applyServerSideEncryptionByDefault: {
          sseAlgorithm: applied?.SSEAlgorithm,
          kmsMasterKeyId: applied?.KMSMasterKeyID,
        },
        bucketKeyEnabled,
      }),
    );
    return { rules };
  },
  drop: (client, Bucket) => client.send(new calls.DeleteBucketEncryptionCommand({ Bucket })),
});

const lifecycle = setting({
  token: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  inputs: { rules: lifecycleRules },
  validate: ({ rules }) => lifecycleErrors(rules),
  put: (client, Bucket, { rules }) =>
    client.send(
      new calls.PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: { Rules: rulesToPut(rules) },
      }),
    ),
  async get(client, Bucket) {
    const { Rules } = await client.send(new calls.GetBucketLifecycleConfigurationCommand({ Bucket }));
    return { rules: rulesFound(Rules) };
  },
  drop: (client, Bucket) => client.send(new calls.DeleteBucketLifecycleCommand({ Bucket })),
});

/** Settings that a bucket has once each. */
export const bucketSettings: readonly ResourceType[] = [versioning, publicAccessBlock, policy, encryption, lifecycle];
