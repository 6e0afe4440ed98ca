import { secretTexts } from "../../model/aws/keys";
import type { AwsPlan } from "../../model/aws/plan";
import { serviceLogGroup } from "../../model/aws/watch";
import type { Secrets } from "../../model/settings/secrets";
import type { AwsCli } from "../../scripts/aws/cli";
import { secretNames } from "../../templates/node/bundle";

/** The account of a test's node: its bucket, and the Elastic IP that its names stand for. */
export const bucket = "livekit-test-bundles";
export const publicAddress = "198.51.100.4";

/** What the program makes before an instance: bucket, secrets, group of logs, zone and its names. Returns the version of the keys. */
export async function prepareAccount(aws: AwsCli, plan: AwsPlan, secrets: Secrets): Promise<string> {
  const region = plan.regions[0].name;
  const location = `LocationConstraint=${region}`;
  await aws.call("s3api", "create-bucket", "--bucket", bucket, "--create-bucket-configuration", location);
  const versioned = ["--versioning-configuration", "Status=Enabled"];
  await aws.call("s3api", "put-bucket-versioning", "--bucket", bucket, ...versioned);
  for (const name of Object.values(secretNames(plan.namePrefix))) {
    await aws.call("secretsmanager", "create-secret", "--name", name);
  }
  const group = serviceLogGroup(plan.namePrefix, plan.regions[0].code);
  if (plan.settings.monitoring) await aws.call("logs", "create-log-group", "--log-group-name", group);
  const zone = ["--name", plan.zoneName, "--caller-reference", "test"];
  const { HostedZone } = await aws.call<{ HostedZone: { Id: string } }>("route53", "create-hosted-zone", ...zone);
  const names = [plan.apiName, plan.turnName, ...plan.nodes.map(({ dnsName }) => dnsName)];
  const changes = names.map((Name) => ({
    Action: "CREATE",
    ResourceRecordSet: { Name, Type: "A", TTL: 60, ResourceRecords: [{ Value: publicAddress }] },
  }));
  const batch = JSON.stringify({ Changes: changes });
  await aws.call(
    ...["route53", "change-resource-record-sets", "--hosted-zone-id", HostedZone.Id, "--change-batch", batch],
  );
  return putKeys(aws, plan, secrets);
}

/** A new version of the stack's keys, by its id. */
export async function putKeys(aws: AwsCli, { namePrefix }: AwsPlan, secrets: Secrets): Promise<string> {
  const text = JSON.stringify(secretTexts(secrets));
  const { VersionId } = await aws.call<{ VersionId: string }>(
    ...["secretsmanager", "put-secret-value", "--secret-id", secretNames(namePrefix).keys, "--secret-string", text],
  );
  return VersionId;
}
