import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { bucketPolicy } from "../../model/aws/policies";

export interface BundleStoreArgs {
  readonly namePrefix: string;
  readonly region: string;
  /** Whether Pulumi rejects the bucket's deletion. */
  readonly protect: boolean;
}

/** Days to keep a bundle that no node uses any more, for inspection and manual rollback. */
const oldBundleDays = 90;
/** Days to keep old requests and reports. Neither is needed once the request is answered. */
const oldReportDays = 1;
/**
 * Days to keep a log that no command has read and deleted, because it arrived too late. It holds participants'
 * addresses, so this is the shortest time that S3 accepts.
 */
const lateLogDays = 1;

/**
 * The bucket for nodes' bundles, requests to nodes and their reports: private, encrypted, versioned, TLS only. Costs
 * cents. The bucket has `protect` but not `retainOnDelete`: its content can be recreated from the configuration.
 *
 * @example new BundleStore("bundles", { namePrefix, region, protect: true }, { parent: this })
 */
export class BundleStore extends pulumi.ComponentResource {
  readonly bucket: s3.Bucket;
  readonly region: string;
  /**
   * The bucket's settings, such as versioning. They must exist before the first object, so that every object has a
   * version.
   */
  readonly settings: readonly pulumi.Resource[];

  constructor(name: string, args: BundleStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:BundleStore", name, {}, opts);
    const { region, protect } = args;
    this.region = region;
    this.bucket = new s3.Bucket(
      name,
      // Without protection, deletes the bucket with its content: S3 deletes only empty buckets, and Pulumi does not
      // manage the nodes' reports.
      { region, bucketPrefix: `${args.namePrefix}-`, forceDestroy: !protect },
      { parent: this, protect },
    );
    const versioning = this.enableVersioning(name, region);
    this.settings = [
      versioning,
      ...this.blockPublicAccess(name, args),
      this.enableEncryption(name, region),
      this.expireOldObjects(name, region, versioning),
    ];
    this.registerOutputs({ bucket: this.bucket.bucket });
  }

  private enableVersioning(name: string, region: string): s3.BucketVersioning {
    return new s3.BucketVersioning(
      `${name}-versions`,
      { region, bucket: this.bucket.bucket, versioningConfiguration: { status: "Enabled" } },
      { parent: this },
    );
  }

  private blockPublicAccess(name: string, { region, namePrefix }: BundleStoreArgs): pulumi.Resource[] {
    const bucket = this.bucket.bucket;
    const block = new s3.BucketPublicAccessBlock(
      `${name}-private`,
      {
        region,
        bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      { parent: this },
    );
    const policy = new s3.BucketPolicy(
      `${name}-tls`,
      { region, bucket, policy: this.bucket.arn.apply((arn) => JSON.stringify(bucketPolicy(arn, namePrefix))) },
      // S3 rejects concurrent changes of a bucket's access.
      { parent: this, dependsOn: [block] },
    );
    return [block, policy];
  }

  private enableEncryption(name: string, region: string): s3.BucketServerSideEncryptionConfiguration {
    return new s3.BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      {
        region,
        bucket: this.bucket.bucket,
        rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
      },
      { parent: this },
    );
  }

  private expireOldObjects(
    name: string,
    region: string,
    versioning: s3.BucketVersioning,
  ): s3.BucketLifecycleConfiguration {
    const createRule = (id: string, prefix: string, noncurrentDays: number) => ({
      id,
      status: "Enabled",
      filter: { prefix },
      noncurrentVersionExpiration: { noncurrentDays },
      abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
    });
    return new s3.BucketLifecycleConfiguration(
      `${name}-expiry`,
      {
        region,
        bucket: this.bucket.bucket,
        rules: [
          createRule("bundles", "bundles/", oldBundleDays),
          createRule("nodes", "nodes/", oldReportDays),
          { ...createRule("logs", "logs/", lateLogDays), expiration: { days: lateLogDays } },
        ],
      },
      { parent: this, dependsOn: [versioning] },
    );
  }
}
