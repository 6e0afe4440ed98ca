import { S3Client } from "@aws-sdk/client-s3";
import { clientOf } from "../../clients";

/** S3 client of a region, with path-style requests: the simulated account has one host name for all buckets. */
export const s3 = clientOf("S3", (options) => new S3Client({ ...options, forcePathStyle: true }));
