import {
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import { z } from "zod";
import type { Inputs } from "../../../../provider-kit/resource-type";
import { managed } from "../../managed";
import { regional, tagged, tagList, tagsFound } from "../../resource";
import { s3 } from "./client";
import { removeVersions } from "./versions";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const maxKeyBytes = 1024;

const inputs = {
  ...regional,
  ...tagged,
  bucket: z.string().min(1),
  // The official provider removes a leading / or ./ and double slashes, so the object would get a different key.
  key: z
    .string()
    .min(1)
    .regex(/^(?!\.?\/)(?!.*\/\/)/, "must not begin with / or ./ or have // in it")
    .refine((key) => Buffer.byteLength(key) <= maxKeyBytes, `must be at most ${maxKeyBytes} bytes`),
  content: z.string(),
  contentType: z.string().default("application/octet-stream"),
  forceDestroy: z.boolean().default(false),
};

type ObjectInputs = Inputs<typeof inputs>;

/** `aws:s3/bucketObjectv2:BucketObjectv2`. Like the official provider, reads an object's `etag` but not its content. */
export const bucketObject = managed({
  token: "aws:s3/bucketObjectv2:BucketObjectv2",
  inputs,
  replaceOn: ["bucket", "key"],
  computed: ["arn", "etag", "serverSideEncryption", "storageClass", "versionId"],
  computedByUpdate: ["etag", "versionId"],
  async make(all) {
    await put(all);
    return `${all.bucket}/${all.key}`;
  },
  async set(_, all, before) {
    if (!before) return;
    if (before["content"] !== all.content || before["contentType"] !== all.contentType) return put(all);
    const { region, bucket: Bucket, key: Key, tagsAll } = all;
    await s3(region).send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: tagList(tagsAll) } }));
  },
  async find(id, region) {
    const [Bucket, Key] = placeOf(id);
    const found = await s3(region).send(new HeadObjectCommand({ Bucket, Key }));
    const { TagSet } = await s3(region).send(new GetObjectTaggingCommand({ Bucket, Key }));
    return {
      bucket: Bucket,
      key: Key,
      arn: `arn:aws:s3:::${Bucket}/${Key}`,
      contentType: found.ContentType,
      etag: found.ETag?.replaceAll('"', ""),
      serverSideEncryption: found.ServerSideEncryption,
      storageClass: found.StorageClass ?? "STANDARD",
      versionId: found.VersionId,
      ...tagsFound(TagSet),
    };
  },
  /** Removes all versions of the object. */
  async remove(id, region, { versionId }) {
    const [Bucket, Key] = placeOf(id);
    if (versionId) await removeVersions(region, Bucket, Key);
    else await s3(region).send(new DeleteObjectCommand({ Bucket, Key }));
  },
});

async function put({
  region,
  bucket: Bucket,
  key: Key,
  content: Body,
  contentType,
  tagsAll,
}: ObjectInputs): Promise<void> {
  const Tagging = new URLSearchParams(tagsAll).toString();
  await s3(region).send(new PutObjectCommand({ Bucket, Key, Body, ContentType: contentType, Tagging }));
}

/** Splits an id into bucket and key. Bucket names can't contain a slash. */
function placeOf(id: string): [bucket: string, key: string] {
  const slash = id.indexOf("/");
  return [id.slice(0, slash), id.slice(slash + 1)];
}
