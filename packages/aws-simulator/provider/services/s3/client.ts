import { S3Client } from "@aws-sdk/client-s3";
import { clientOf } from "../../clients";

/** S3 of a region. The simulated account has one name for all buckets. */
export const s3 = clientOf("S3", (options) => new S3Client({ ...options, forcePathStyle: true }));
