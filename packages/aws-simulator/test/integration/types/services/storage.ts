import { verify } from "node:crypto";
import { CloudWatchLogsClient, PutRetentionPolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { DescribeKeyCommand, KMSClient, SignCommand } from "@aws-sdk/client-kms";
import {
  DeleteBucketLifecycleCommand,
  ListBucketsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import { type SimulatedAws, simulatedRegion } from "../../../../../../test/support/simulated-aws";
import { awsOptions } from "../../../../../../test/support/simulator-account";
import { storageProgram, type Version } from "../../../support/services-program";
import { meetAccount, simulatedType } from "../../../support/simulated-type";

const first: Version = { generation: "a", text: "one", number: 3, secret: "planted-one-7f3a" };

/** Tests the resource types of S3, IAM, Secrets Manager, KMS and CloudWatch. */
export function storageTypes(context: () => SimulatedAws): void {
  let aws: SimulatedAws;
  let iam: IAMClient;
  let s3: S3Client;
  let secrets: SecretsManagerClient;
  let logs: CloudWatchLogsClient;
  let kms: KMSClient;
  let bucket: string;
  let keyId: string;

  beforeAll(() => {
    aws = context();
    meetAccount(aws);
    const access = awsOptions(aws.simulator, simulatedRegion);
    iam = new IAMClient(access);
    s3 = new S3Client({ ...access, forcePathStyle: true });
    secrets = new SecretsManagerClient(access);
    logs = new CloudWatchLogsClient(access);
    kms = new KMSClient(access);
  });

  const up = (version: Partial<Version>) =>
    aws.stack.up(storageProgram(() => aws.provider(), { ...first, ...version }));

  test("a create fails for a role or secret whose name already exists, and for a role policy above the size limit", async () => {
    const trust = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    await iam.send(new CreateRoleCommand({ RoleName: "node-a", AssumeRolePolicyDocument: trust }));
    await secrets.send(new CreateSecretCommand({ Name: "livekit/a" }));
    const made = simulatedType("aws:iam/role:Role").create({ name: "node-a", assumeRolePolicy: trust });
    await expect(made).rejects.toThrow(/IAM: CreateRole, api error EntityAlreadyExists/);
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: [], Id: "a".repeat(10_240) });
    const large = simulatedType("aws:iam/rolePolicy:RolePolicy").create({ role: "node-a", policy });
    await expect(large).rejects.toThrow(/Maximum policy size of 10240 bytes exceeded for role node-a/);
    const secret = simulatedType("aws:secretsmanager/secret:Secret").create({ name: "livekit/a" });
    await expect(secret).rejects.toThrow(/Secrets Manager: CreateSecret, api error ResourceExists/);
    await iam.send(new DeleteRoleCommand({ RoleName: "node-a" }));
    await secrets.send(new DeleteSecretCommand({ SecretId: "livekit/a", ForceDeleteWithoutRecovery: true }));
  });

  test("an update creates every resource; a second update and a refresh find no changes", async () => {
    const { outputs } = await up({});
    bucket = outputs["bucket"]?.value;
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: "livekit/a" }));
    expect(SecretString).toBe(first.secret);
    expect((await up({})).summary.resourceChanges).toEqual({ same: 17 });
    expect((await aws.stack.refresh()).summary.resourceChanges).toEqual({ same: 17 });
  });

  test("the key signs, and its public key verifies the signature", async () => {
    const { outputs } = await up({});
    const key: Record<"id" | "publicKeyPem", string> | undefined = outputs["key"]?.value;
    const { id = "", publicKeyPem = "" } = key ?? {};
    const Message = Buffer.from("request");
    const signing = { KeyId: id, Message, MessageType: "RAW", SigningAlgorithm: "ECDSA_SHA_256" } as const;
    const { Signature = new Uint8Array() } = await kms.send(new SignCommand(signing));
    expect(verify("sha256", Message, publicKeyPem, Signature)).toBe(true);
    expect(verify("sha256", Buffer.from("another"), publicKeyPem, Signature)).toBe(false);
    keyId = id;
  });

  test("a refresh finds changes made outside Pulumi, and the next update reverts them", async () => {
    await iam.send(new UpdateRoleCommand({ RoleName: "node-a", Description: "strange" }));
    await logs.send(new PutRetentionPolicyCommand({ logGroupName: "/livekit/a", retentionInDays: 7 }));
    await secrets.send(new UpdateSecretCommand({ SecretId: "livekit/a", Description: "strange" }));
    const suspended = { Bucket: bucket, VersioningConfiguration: { Status: "Suspended" as const } };
    await s3.send(new PutBucketVersioningCommand(suspended));
    await s3.send(new DeleteBucketLifecycleCommand({ Bucket: bucket }));
    const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName: "node-a" }));
    const PolicyName = PolicyNames?.[0];
    await iam.send(new DeleteRolePolicyCommand({ RoleName: "node-a", PolicyName }));
    expect((await aws.stack.refresh()).summary.resourceChanges).toEqual({ same: 11, update: 4, delete: 2 });
    expect((await up({})).summary.resourceChanges).toEqual({ same: 11, update: 4, create: 2 });
  });

  test("Pulumi updates, replaces and deletes every resource, and no secret is in state or output", async () => {
    expect((await up({ text: "two", number: 5 })).summary.resourceChanges).toEqual({ same: 6, update: 11 });
    const next = { generation: "b", text: "two", number: 5, secret: "planted-two-7f3a" };
    expect((await up(next)).summary.resourceChanges).toEqual({ replace: 14, same: 3 });
    const { Buckets = [] } = await s3.send(new ListBucketsCommand());
    // A report written by a node, which the program does not manage.
    await s3.send(new PutObjectCommand({ Bucket: Buckets[0]?.Name, Key: "nodes/a/report", Body: "healthy" }));
    await aws.stack.destroy();
    expect((await s3.send(new ListBucketsCommand())).Buckets ?? []).toEqual([]);
    expect((await secrets.send(new ListSecretsCommand())).SecretList ?? []).toEqual([]);
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: keyId }));
    expect(KeyMetadata?.KeyState).toBe("PendingDeletion");
    expect(aws.stack.shows("planted-")).toBe(false);
  });
}
