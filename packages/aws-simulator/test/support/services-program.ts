import { LogGroup, MetricAlarm } from "@pulumi/aws/cloudwatch";
import { InstanceProfile, Role, RolePolicy } from "@pulumi/aws/iam";
import { getPublicKeyOutput, Key } from "@pulumi/aws/kms";
import type { Provider } from "@pulumi/aws/provider";
import * as s3 from "@pulumi/aws/s3";
import { Secret, SecretVersion } from "@pulumi/aws/secretsmanager";
import * as pulumi from "@pulumi/pulumi";
import { bucketPolicy } from "../../../../model/aws/policies";
import { simulatedRegion as region } from "../../../../test/support/simulated-aws";

/** Settings that differ between two versions of a test program. */
export interface Version {
  /** Suffix of physical names. Changing it replaces the resources. */
  readonly generation: string;
  /** Text in descriptions, contents and policies. Changing it updates them in place. */
  readonly text: string;
  readonly number: number;
  readonly secret: string;
}

const allow = (Action: string, Resource: string) => ({ Sid: "Some", Effect: "Allow", Action: [Action], Resource });

const document = (...Statement: readonly object[]) => ({ Version: "2012-10-17", Statement });

/** Creates one resource of each storage, identity and monitoring type that the production program uses. */
export function storageProgram(provider: () => Provider, version: Version) {
  return async () => {
    const options = { provider: provider() };
    const { generation, text, number } = version;
    const bucket = new s3.Bucket(
      "store",
      { region, bucketPrefix: `store-${generation}-`, forceDestroy: true },
      options,
    );
    const settings = bucketSettings(bucket, version, options);
    const object = new s3.BucketObjectv2(
      "object",
      {
        region,
        bucket: bucket.bucket,
        key: `bundles/${generation}.json`,
        content: text,
        contentType: "application/json",
      },
      { ...options, dependsOn: settings },
    );
    const trusted = (Service: string) =>
      JSON.stringify(document({ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }), undefined, 2);
    const role = new Role(
      "role",
      { name: `node-${generation}`, description: text, assumeRolePolicy: trusted("ec2.amazonaws.com") },
      options,
    );
    const policy = pulumi.jsonStringify(
      document(allow("s3:GetObject", "*"), { ...allow(`s3:${text}`, "*"), Sid: "Own" }),
    );
    const rolePolicy = new RolePolicy("role-policy", { role: role.id, policy }, options);
    const profile = new InstanceProfile("profile", { name: `node-${generation}`, role: role.name }, options);
    const secret = new Secret(
      "secret",
      { region, name: `livekit/${generation}`, description: text, recoveryWindowInDays: 0 },
      options,
    );
    const value = new SecretVersion(
      "secret-version",
      { region, secretId: secret.id, secretString: pulumi.secret(version.secret) },
      options,
    );
    const key = new Key(
      "key",
      { region, description: text, keyUsage: "SIGN_VERIFY", customerMasterKeySpec: "ECC_NIST_P256" },
      options,
    );
    const { publicKeyPem } = getPublicKeyOutput({ region, keyId: key.arn }, options);
    const log = new LogGroup("log", { region, name: `/livekit/${generation}`, retentionInDays: number }, options);
    const alarm = new MetricAlarm(
      "alarm",
      {
        region,
        name: `node-${generation}-status`,
        alarmDescription: text,
        namespace: "AWS/EC2",
        metricName: "StatusCheckFailed",
        dimensions: { InstanceId: "i-0123456789abcdef0" },
        statistic: "Maximum",
        period: 60,
        evaluationPeriods: number,
        threshold: 1,
        comparisonOperator: "GreaterThanOrEqualToThreshold",
        treatMissingData: "breaching",
        alarmActions: [`arn:aws:sns:${region}:123456789012:ops`],
        okActions: [],
      },
      options,
    );
    return {
      bucket: bucket.bucket,
      object: pulumi.output({ id: object.id, versionId: object.versionId, etag: object.etag }),
      rolePolicy: rolePolicy.name,
      profile: profile.arn,
      secret: secret.arn,
      version: pulumi.output({ id: value.id, versionId: value.versionId }),
      key: pulumi.output({ id: key.keyId, publicKeyPem }),
      log: log.arn,
      alarm: alarm.arn,
    };
  };
}

function bucketSettings(bucket: s3.Bucket, { text, number }: Version, options: pulumi.CustomResourceOptions) {
  const place = { region, bucket: bucket.bucket };
  const versions = new s3.BucketVersioning(
    "versions",
    { ...place, versioningConfiguration: { status: "Enabled" } },
    options,
  );
  const block = new s3.BucketPublicAccessBlock(
    "block",
    { ...place, blockPublicAcls: true, blockPublicPolicy: text === "one", ignorePublicAcls: true },
    options,
  );
  const policy = bucket.arn.apply((arn) =>
    JSON.stringify(document(...bucketPolicy(arn, "lab").Statement.map((statement) => ({ ...statement, Sid: text })))),
  );
  const rules = [{ applyServerSideEncryptionByDefault: { sseAlgorithm: text === "one" ? "AES256" : "aws:kms" } }];
  const expiry = {
    id: "bundles",
    status: "Enabled",
    filter: { prefix: "bundles/" },
    noncurrentVersionExpiration: { noncurrentDays: number },
    abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
  };
  return [
    versions,
    block,
    new s3.BucketPolicy("tls", { ...place, policy }, { ...options, dependsOn: [block] }),
    new s3.BucketServerSideEncryptionConfiguration("encryption", { ...place, rules }, options),
    new s3.BucketLifecycleConfiguration("expiry", { ...place, rules: [expiry] }, { ...options, dependsOn: [versions] }),
  ];
}
