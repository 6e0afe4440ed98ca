import { secretTexts } from "../../model/aws/keys";
import type { AwsPlan } from "../../model/aws/plan";
import { serviceLogGroup } from "../../model/aws/watch";
import type { Secrets } from "../../model/settings/secrets";
import type { AwsSimulator } from "../../packages/aws-simulator/network/aws-simulator";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "../../packages/aws-simulator/sdk/cloudwatch-logs";
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  Route53Client,
  type RRType,
} from "../../packages/aws-simulator/sdk/route-53";
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  PutBucketVersioningCommand,
  S3Client,
} from "../../packages/aws-simulator/sdk/s3";
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "../../packages/aws-simulator/sdk/secrets-manager";
import { secretNames } from "../../templates/node/bundle";
import { awsOptions } from "./simulator-account";

/** The test node's account: its bucket, and the Elastic IP that its DNS names resolve to. */
export const bucket = "livekit-test-bundles";
export const publicAddress = "198.51.100.4";

/**
 * Creates what the program creates before an instance: bucket, secrets, log group, zone and DNS names. Returns the
 * version of the keys.
 */
export async function prepareAccount(simulator: AwsSimulator, plan: AwsPlan, secrets: Secrets): Promise<string> {
  const region = plan.regions[0].name;
  const options = awsOptions(simulator, region);
  await createBucket(new S3Client({ ...options, forcePathStyle: true }), region);
  const manager = new SecretsManagerClient(options);
  for (const Name of Object.values(secretNames(plan.namePrefix))) await manager.send(new CreateSecretCommand({ Name }));
  if (plan.settings.monitoring) {
    const logGroupName = serviceLogGroup(plan.namePrefix, plan.regions[0].code);
    await new CloudWatchLogsClient(options).send(new CreateLogGroupCommand({ logGroupName }));
  }
  await createZone(new Route53Client(options), plan);
  return putKeys(simulator, plan, secrets);
}

async function createBucket(s3: S3Client, region: string): Promise<void> {
  const LocationConstraint = region as BucketLocationConstraint;
  await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint } }));
  const versioned = { VersioningConfiguration: { Status: "Enabled" } } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, ...versioned }));
}

async function createZone(route53: Route53Client, plan: AwsPlan): Promise<void> {
  const { HostedZone } = await route53.send(
    new CreateHostedZoneCommand({ Name: plan.zoneName, CallerReference: "test" }),
  );
  const names = [plan.apiName, plan.turnName, ...plan.nodes.map(({ dnsName }) => dnsName)];
  const Changes = names.map((Name) => ({
    Action: "CREATE" as const,
    ResourceRecordSet: { Name, Type: "A" as RRType, TTL: 60, ResourceRecords: [{ Value: publicAddress }] },
  }));
  await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: HostedZone?.Id, ChangeBatch: { Changes } }));
}

/** Stores a new version of the stack's keys and returns its id. */
export async function putKeys(
  simulator: AwsSimulator,
  { namePrefix, regions }: AwsPlan,
  secrets: Secrets,
): Promise<string> {
  const manager = new SecretsManagerClient(awsOptions(simulator, regions[0].name));
  const { VersionId = "" } = await manager.send(
    new PutSecretValueCommand({
      SecretId: secretNames(namePrefix).keys,
      SecretString: JSON.stringify(secretTexts(secrets)),
    }),
  );
  return VersionId;
}
