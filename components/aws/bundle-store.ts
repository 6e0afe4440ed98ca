import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { tlsOnlyPolicy } from "../../model/aws/policies";

export interface BundleStoreArgs {
  readonly namePrefix: string;
  readonly region: string;
  /** Refuse to delete it. */
  readonly protect: boolean;
}

/** A bundle that nobody runs any more is kept this long: to look at, and to go back to by hand. */
const oldBundleDays = 90;
/** Requests and reports are of no use once they are answered. */
const oldReportDays = 1;
/** A log that came after its command had ended, with participants' addresses: the shortest time that S3 takes. */
const lateLogDays = 1;

/**
 * The bucket where nodes find their bundles, are asked and report: private, encrypted, versioned, TLS alone. Costs cents.
 * It is protected and never retained: all it holds is made again from the configuration.
 *
 * @example new BundleStore("bundles", { namePrefix, region, protect: true }, { parent: this })
 */
export class BundleStore extends pulumi.ComponentResource {
  readonly bucket: s3.Bucket;
  readonly region: string;
  /** What has to be there before the first object: from then on each object is a version. */
  readonly settings: readonly pulumi.Resource[];

  constructor(name: string, args: BundleStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:BundleStore", name, {}, opts);
    const { region, protect } = args;
    this.region = region;
    this.bucket = new s3.Bucket(
      name,
      // Nodes write reports that no program knows of: without this they would stand in the way of its end.
      { region, bucketPrefix: `${args.namePrefix}-`, forceDestroy: !protect },
      { parent: this, protect },
    );
    const versioning = this.versioning(name, region);
    this.settings = [
      versioning,
      ...this.privacy(name, region),
      this.encryption(name, region),
      this.expiry(name, region, versioning),
    ];
    this.registerOutputs({ bucket: this.bucket.bucket });
  }

  private versioning(name: string, region: string): s3.BucketVersioning {
    return new s3.BucketVersioning(
      `${name}-versions`,
      { region, bucket: this.bucket.bucket, versioningConfiguration: { status: "Enabled" } },
      { parent: this },
    );
  }

  private privacy(name: string, region: string): pulumi.Resource[] {
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
      { region, bucket, policy: this.bucket.arn.apply((arn) => JSON.stringify(tlsOnlyPolicy(arn))) },
      // S3 refuses two changes of a bucket's access at once.
      { parent: this, dependsOn: [block] },
    );
    return [block, policy];
  }

  private encryption(name: string, region: string): s3.BucketServerSideEncryptionConfiguration {
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

  private expiry(name: string, region: string, versioning: s3.BucketVersioning): s3.BucketLifecycleConfiguration {
    const rule = (id: string, prefix: string, noncurrentDays: number) => ({
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
          rule("bundles", "bundles/", oldBundleDays),
          rule("nodes", "nodes/", oldReportDays),
          { ...rule("logs", "logs/", lateLogDays), expiration: { days: lateLogDays } },
        ],
      },
      { parent: this, dependsOn: [versioning] },
    );
  }
}
