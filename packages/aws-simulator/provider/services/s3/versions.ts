import { DeleteObjectsCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import { s3 } from "./client";

/** Removes every version and delete marker of a bucket, or of one key. @throws S3's error if one can't be removed */
export async function removeVersions(region: string, Bucket: string, key?: string): Promise<void> {
  for (;;) {
    const command = new ListObjectVersionsCommand({ Bucket, ...(key !== undefined && { Prefix: key }) });
    const { Versions = [], DeleteMarkers = [], IsTruncated } = await s3(region).send(command);
    const found = [...Versions, ...DeleteMarkers].filter(({ Key }) => key === undefined || Key === key);
    const Objects = found.map(({ Key = "", VersionId }) => ({ Key, VersionId }));
    if (Objects.length > 0) await removeAll(region, Bucket, Objects);
    // The prefix also matches longer keys, which come later. A page without this key ends the search.
    if (!IsTruncated || Objects.length === 0) return;
  }
}

async function removeAll(
  region: string,
  Bucket: string,
  Objects: { Key: string; VersionId: string | undefined }[],
): Promise<void> {
  const { Errors = [] } = await s3(region).send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  const [failure] = Errors;
  if (failure) throw new Error(`can't delete ${failure.Key} of ${Bucket}: ${failure.Code}: ${failure.Message}`);
}
