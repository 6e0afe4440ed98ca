import { DescribeSecurityGroupsCommand, DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import { DescribeCacheParameterGroupsCommand, DescribeCacheSubnetGroupsCommand } from "@aws-sdk/client-elasticache";
import { awsError } from "../../aws-error";
import { ec2 } from "../../ec2/client";
import { elastiCache, service } from "./client";
import type { GroupInputs } from "./replication-group-inputs";

/** Validates that everything a group references exists and matches, which moto doesn't check. @throws AWS's error */
export async function validateReferences(group: GroupInputs): Promise<void> {
  await validateParameters(group);
  const vpcId = await validateSubnets(group);
  await validateSecurityGroups(group, vpcId);
}

async function validateParameters({ region, parameterGroupName, engineVersion }: GroupInputs): Promise<void> {
  if (parameterGroupName === undefined || parameterGroupName.startsWith("default.")) return;
  const command = new DescribeCacheParameterGroupsCommand({ CacheParameterGroupName: parameterGroupName });
  const [found] = (await elastiCache(region).send(command)).CacheParameterGroups ?? [];
  const family = found?.CacheParameterGroupFamily ?? "";
  const major = engineVersion.split(".")[0];
  if (family.startsWith(`redis${major}`)) return;
  const words = `The parameter group ${parameterGroupName} of family ${family} can't be used with version ${engineVersion}`;
  throw createError("InvalidParameterCombination", words);
}

/** Validates that Multi-AZ has subnets in two zones. Returns the id of the subnets' VPC. */
async function validateSubnets({ region, subnetGroupName, multiAzEnabled }: GroupInputs): Promise<string | undefined> {
  const command = new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName: subnetGroupName });
  const [found] = (await elastiCache(region).send(command)).CacheSubnetGroups ?? [];
  const SubnetIds = (found?.Subnets ?? []).flatMap(({ SubnetIdentifier }) => SubnetIdentifier ?? []);
  const { Subnets = [] } = await ec2(region).send(new DescribeSubnetsCommand({ SubnetIds }));
  const zones = new Set(Subnets.map(({ AvailabilityZone }) => AvailabilityZone));
  if (multiAzEnabled && zones.size < 2) {
    const words = `Multi-AZ takes subnets in at least two zones: ${subnetGroupName} has them in ${zones.size}`;
    throw createError("InvalidParameterCombination", words);
  }
  return found?.VpcId;
}

async function validateSecurityGroups(group: GroupInputs, vpcId: string | undefined): Promise<void> {
  const { region, securityGroupIds: GroupIds = [] } = group;
  if (GroupIds.length === 0) return;
  const { SecurityGroups = [] } = await ec2(region).send(new DescribeSecurityGroupsCommand({ GroupIds }));
  const [stranger] = SecurityGroups.filter(({ VpcId }) => VpcId !== vpcId);
  if (stranger) throw createError("InvalidParameterValue", `Security group ${stranger.GroupId} is not in VPC ${vpcId}`);
}

function createError(code: string, words: string): Error {
  return awsError(service, "CreateReplicationGroup", code, words);
}
