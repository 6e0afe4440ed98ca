import {
  CreateReplicationGroupCommand,
  DeleteReplicationGroupCommand,
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  ModifyReplicationGroupCommand,
} from "@aws-sdk/client-elasticache";
import { orGone } from "../../clients";
import { managed } from "../../managed";
import { tagList } from "../../resource";
import { until } from "../until";
import { elastiCache, findTags, setTags } from "./client";
import { type GroupInputs, groupErrors, replicationGroupInputs } from "./replication-group-inputs";
import { validateReferences } from "./replication-group-rules";
import { beginCache, changeToken, endCache } from "./simulated-cache";

/** `aws:elasticache/replicationGroup:ReplicationGroup` with cluster mode disabled. AWS never returns the token. */
export const replicationGroup = managed({
  token: "aws:elasticache/replicationGroup:ReplicationGroup",
  inputs: replicationGroupInputs,
  replaceOn: ["replicationGroupId", "atRestEncryptionEnabled", "port", "subnetGroupName"],
  replaceIf: { engineVersion: (was, is) => Number(is) < Number(was) },
  unordered: ["securityGroupIds"],
  deleteBeforeReplace: true,
  computed: ["arn", "memberClusters", "primaryEndpointAddress", "readerEndpointAddress"],
  validate: groupErrors,
  async make(group) {
    const { region, replicationGroupId, authToken: AuthToken, tagsAll } = group;
    await validateReferences(group);
    await elastiCache(region).send(
      new CreateReplicationGroupCommand({
        ReplicationGroupId: replicationGroupId,
        ...changeable(group),
        NumCacheClusters: group.numCacheClusters,
        Port: group.port,
        CacheSubnetGroupName: group.subnetGroupName,
        AtRestEncryptionEnabled: group.atRestEncryptionEnabled,
        TransitEncryptionEnabled: group.transitEncryptionEnabled,
        AuthToken,
        NotificationTopicArn: group.notificationTopicArn,
        Tags: tagList(tagsAll),
      }),
    );
    return replicationGroupId;
  },
  async set(ReplicationGroupId, group, before, call) {
    const { region, tagsAll, applyImmediately } = group;
    if (before) {
      validateFixed(group, before as unknown as GroupInputs);
      await validateReferences(group);
      const changed = {
        ReplicationGroupId,
        ApplyImmediately: applyImmediately,
        ...changeable(group),
        ...notified(group, before),
      };
      await elastiCache(region).send(new ModifyReplicationGroupCommand(changed));
      await setToken(ReplicationGroupId, group, before as unknown as GroupInputs);
      await setTags(region, tagsAll, before);
    }
    await until(async () => (await describe(ReplicationGroupId, region))?.Status === "available", call);
    if (!before) await beginCache(group, (await endpointOf(ReplicationGroupId, region)) ?? "");
  },
  async find(id, region) {
    const found = await describe(id, region);
    if (!found) return undefined;
    const [CacheClusterId] = found.MemberClusters ?? [];
    const command = new DescribeCacheClustersCommand({ CacheClusterId });
    const [member] = (await elastiCache(region).send(command)).CacheClusters ?? [];
    const [{ PrimaryEndpoint, ReaderEndpoint } = {}] = found.NodeGroups ?? [];
    return {
      replicationGroupId: found.ReplicationGroupId,
      arn: found.ARN,
      description: found.Description,
      engine: member?.Engine,
      engineVersion: member?.EngineVersion,
      nodeType: found.CacheNodeType,
      numCacheClusters: found.MemberClusters?.length,
      memberClusters: found.MemberClusters,
      automaticFailoverEnabled: found.AutomaticFailover === "enabled",
      multiAzEnabled: found.MultiAZ === "enabled",
      port: PrimaryEndpoint?.Port,
      parameterGroupName: member?.CacheParameterGroup?.CacheParameterGroupName,
      subnetGroupName: member?.CacheSubnetGroupName,
      securityGroupIds: member?.SecurityGroups?.map(({ SecurityGroupId }) => SecurityGroupId),
      atRestEncryptionEnabled: found.AtRestEncryptionEnabled,
      transitEncryptionEnabled: found.TransitEncryptionEnabled,
      transitEncryptionMode: found.TransitEncryptionMode,
      snapshotRetentionLimit: found.SnapshotRetentionLimit,
      // The ARN is empty after the topic was removed.
      notificationTopicArn: member?.NotificationConfiguration?.TopicArn || undefined,
      primaryEndpointAddress: PrimaryEndpoint?.Address,
      readerEndpointAddress: ReaderEndpoint?.Address,
      ...(await findTags(region, found.ARN)),
    };
  },
  async remove(ReplicationGroupId, region, _, call) {
    await endCache({ region, replicationGroupId: ReplicationGroupId });
    await elastiCache(region).send(new DeleteReplicationGroupCommand({ ReplicationGroupId }));
    await until(async () => (await orGone(describe(ReplicationGroupId, region))) === undefined, call);
  },
});

async function describe(ReplicationGroupId: string, region: string) {
  const command = new DescribeReplicationGroupsCommand({ ReplicationGroupId });
  return (await elastiCache(region).send(command)).ReplicationGroups?.[0];
}

async function endpointOf(id: string, region: string): Promise<string | undefined> {
  return (await describe(id, region))?.NodeGroups?.[0]?.PrimaryEndpoint?.Address;
}

function changeable(group: GroupInputs) {
  return {
    ReplicationGroupDescription: group.description,
    Engine: group.engine,
    EngineVersion: group.engineVersion,
    CacheNodeType: group.nodeType,
    AutomaticFailoverEnabled: group.automaticFailoverEnabled,
    MultiAZEnabled: group.multiAzEnabled,
    CacheParameterGroupName: group.parameterGroupName,
    SecurityGroupIds: group.securityGroupIds,
    TransitEncryptionMode: group.transitEncryptionMode,
    SnapshotRetentionLimit: group.snapshotRetentionLimit,
  };
}

/**
 * Returns the topic only if it changed; an empty value removes it. Like the official provider, sends no topic status.
 */
function notified({ notificationTopicArn: topic }: GroupInputs, before: Readonly<Record<string, unknown>>) {
  return topic === before["notificationTopicArn"] ? {} : { NotificationTopicArn: topic ?? "" };
}

/**
 * Changes the token in a separate call, as the official provider does. SET with the same token ends the rotation that
 * ROTATE started.
 */
async function setToken(ReplicationGroupId: string, group: GroupInputs, before: GroupInputs): Promise<void> {
  const { region, authToken: AuthToken, authTokenUpdateStrategy: AuthTokenUpdateStrategy } = group;
  if (AuthToken === before.authToken && AuthTokenUpdateStrategy === before.authTokenUpdateStrategy) return;
  const changed = { ReplicationGroupId, ApplyImmediately: true, AuthToken, AuthTokenUpdateStrategy };
  await elastiCache(region).send(new ModifyReplicationGroupCommand(changed));
  await changeToken(group, before);
}

/** Rejects changes that AWS supports with calls that moto lacks. @throws Error that names the input */
function validateFixed(group: GroupInputs, before: GroupInputs): void {
  for (const name of ["numCacheClusters", "transitEncryptionEnabled"] as const) {
    if (group[name] === before[name]) continue;
    throw new Error(`${name}: the fallback provider can't change this input on an existing replication group`);
  }
}
