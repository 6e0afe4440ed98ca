import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import {
  CreateCacheSubnetGroupCommand,
  DeleteCacheSubnetGroupCommand,
  DescribeCacheSubnetGroupsCommand,
  ModifyCacheSubnetGroupCommand,
} from "@aws-sdk/client-elasticache";
import { z } from "zod";
import { awsError } from "../../aws-error";
import { ec2 } from "../../ec2/client";
import { managed } from "../../managed";
import { regional, tagged, tagList } from "../../resource";
import { onceFree } from "../until";
import { cacheName, elastiCache, findTags, service, setTags } from "./client";

/**
 * Maximum wait for the deletion of a replication group that uses the subnet group. The official provider waits equally
 * long.
 */
const inUseSeconds = 300;

/** `aws:elasticache/subnetGroup:SubnetGroup` */
export const subnetGroup = managed({
  token: "aws:elasticache/subnetGroup:SubnetGroup",
  inputs: {
    ...regional,
    ...tagged,
    name: cacheName(255).regex(/^(?!default$)/, "must not be default, which AWS keeps"),
    description: z.string().min(1).default("Managed by Pulumi"),
    subnetIds: z.array(z.string().min(1)).min(1),
  },
  replaceOn: ["name"],
  unordered: ["subnetIds"],
  deleteBeforeReplace: true,
  computed: ["arn", "vpcId"],
  async make({ region, name, description, subnetIds: SubnetIds, tagsAll }) {
    await validateSubnets(region, SubnetIds);
    const about = { CacheSubnetGroupName: name, CacheSubnetGroupDescription: description, SubnetIds };
    await elastiCache(region).send(new CreateCacheSubnetGroupCommand({ ...about, Tags: tagList(tagsAll) }));
    return name;
  },
  async set(CacheSubnetGroupName, { region, description, subnetIds: SubnetIds, tagsAll }, before) {
    if (!before) return;
    await validateSubnets(region, SubnetIds);
    const changed = { CacheSubnetGroupName, CacheSubnetGroupDescription: description, SubnetIds };
    await elastiCache(region).send(new ModifyCacheSubnetGroupCommand(changed));
    await setTags(region, tagsAll, before);
  },
  async find(name, region) {
    const command = new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName: name });
    const [found] = (await elastiCache(region).send(command)).CacheSubnetGroups ?? [];
    if (!found) return undefined;
    return {
      name: found.CacheSubnetGroupName,
      arn: found.ARN,
      description: found.CacheSubnetGroupDescription,
      subnetIds: (found.Subnets ?? []).map(({ SubnetIdentifier }) => SubnetIdentifier),
      vpcId: found.VpcId,
      ...(await findTags(region, found.ARN)),
    };
  },
  remove(CacheSubnetGroupName, region, _, call) {
    const ask = () => elastiCache(region).send(new DeleteCacheSubnetGroupCommand({ CacheSubnetGroupName }));
    return onceFree(ask, ({ name }) => name.startsWith("CacheSubnetGroupInUse"), call, inUseSeconds);
  },
});

/** Validates the subnets, because moto accepts subnets that don't exist. @throws AWS's error */
async function validateSubnets(region: string, SubnetIds: string[]): Promise<void> {
  const { Subnets = [] } = await ec2(region).send(new DescribeSubnetsCommand({ SubnetIds }));
  if (new Set(Subnets.map(({ VpcId }) => VpcId)).size > 1) {
    throw awsError(service, "CreateCacheSubnetGroup", "InvalidSubnet", "The subnets are not all in the same VPC");
  }
}
