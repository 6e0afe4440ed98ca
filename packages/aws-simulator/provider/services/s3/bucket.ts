import { randomBytes } from "node:crypto";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
} from "@aws-sdk/client-s3";
import { z } from "zod";
import { orGone } from "../../clients";
import { managed } from "../../managed";
import { regional, tagged, tagList, tagsFound } from "../../resource";
import { s3 } from "./client";
import { removeVersions } from "./versions";

/** Length of the suffix: a time and random digits. */
const suffixLength = 26;
const maxNameLength = 63;

/** `aws:s3/bucket:Bucket` */
export const bucket = managed({
  token: "aws:s3/bucket:Bucket",
  inputs: {
    ...regional,
    ...tagged,
    bucketPrefix: z.string().superRefine((prefix, context) => {
      for (const message of prefixErrors(prefix)) context.addIssue({ code: "custom", message });
    }),
    forceDestroy: z.boolean().default(false),
  },
  replaceOn: ["bucketPrefix"],
  computed: ["arn", "bucket", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName"],
  async make({ region, bucketPrefix }) {
    const Bucket = uniqueName(bucketPrefix);
    // S3 accepts no location constraint for us-east-1.
    const place =
      region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" } };
    await s3(region).send(new CreateBucketCommand({ Bucket, ...place }));
    return Bucket;
  },
  async set(Bucket, { region, tagsAll }) {
    await s3(region).send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tagList(tagsAll) } }));
  },
  async find(Bucket, region) {
    await s3(region).send(new HeadBucketCommand({ Bucket }));
    const tagging = await orGone(s3(region).send(new GetBucketTaggingCommand({ Bucket })));
    return {
      arn: `arn:aws:s3:::${Bucket}`,
      bucket: Bucket,
      bucketDomainName: `${Bucket}.s3.amazonaws.com`,
      bucketRegion: region,
      bucketRegionalDomainName: `${Bucket}.s3.${region}.amazonaws.com`,
      ...tagsFound(tagging?.TagSet),
    };
  },
  async remove(Bucket, region, { forceDestroy }) {
    if (forceDestroy) await empty(region, Bucket);
    await s3(region).send(new DeleteBucketCommand({ Bucket }));
  },
});

/**
 * Removes all versions. moto treats a bucket with suspended versioning like an unversioned bucket and fails on its
 * delete markers, so this enables versioning first.
 */
async function empty(region: string, Bucket: string): Promise<void> {
  const { Status } = await s3(region).send(new GetBucketVersioningCommand({ Bucket }));
  const VersioningConfiguration = { Status: "Enabled" } as const;
  if (Status === "Suspended")
    await s3(region).send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  await removeVersions(region, Bucket);
}

function uniqueName(prefix: string): string {
  const time = new Date().toISOString().replaceAll(/\D/g, "");
  return (
    prefix +
    time +
    randomBytes(8)
      .toString("hex")
      .slice(0, suffixLength - time.length)
  );
}

/** Validates a prefix by S3's rules for bucket names. The suffix consists of digits and lower-case letters. */
function prefixErrors(prefix: string): string[] {
  const most = maxNameLength - suffixLength;
  const rules: readonly (readonly [boolean, string])[] = [
    [
      prefix.length > most,
      `must be at most ${most} characters, so that the bucket's name has at most ${maxNameLength}`,
    ],
    [
      !/^([a-z0-9][a-z0-9.-]*)?$/.test(prefix),
      "must be lower-case letters, digits, dots and hyphens, and begin with neither",
    ],
    [prefix.includes(".."), "must not have two dots in a row"],
    [/\.-|-\./.test(prefix), "must not have a dot beside a hyphen"],
    [/^(xn--|sthree-|amzn-s3-demo-)/.test(prefix), "must not begin with xn--, sthree- or amzn-s3-demo-: S3 keeps them"],
  ];
  return rules.flatMap(([broken, rule]) => (broken ? [rule] : []));
}
