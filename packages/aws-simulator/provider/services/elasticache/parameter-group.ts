import {
  CreateCacheParameterGroupCommand,
  DeleteCacheParameterGroupCommand,
  DescribeCacheParameterGroupsCommand,
  DescribeCacheParametersCommand,
  ModifyCacheParameterGroupCommand,
  ResetCacheParameterGroupCommand,
} from "@aws-sdk/client-elasticache";
import { z } from "zod";
import { managed } from "../../managed";
import { regional, tagged, tagList } from "../../resource";
import { onceFree } from "../until";
import { cacheName, elastiCache, findTags, setTags } from "./client";

const parameters = z.array(z.strictObject({ name: z.string().min(1), value: z.string() })).optional();

/** Maximum number of parameters per call. */
const most = 20;
/**
 * Maximum wait for the deletion of a replication group that uses the parameter group. The official provider waits
 * equally long.
 */
const inUseSeconds = 180;

/** `aws:elasticache/parameterGroup:ParameterGroup` */
export const parameterGroup = managed({
  token: "aws:elasticache/parameterGroup:ParameterGroup",
  inputs: {
    ...regional,
    ...tagged,
    name: cacheName(255).regex(/^(?!default\.)/),
    family: z.string().regex(/^(redis|valkey)\d+(\.\w+)?$/, "must be a family such as redis7"),
    description: z.string().min(1).default("Managed by Pulumi"),
    parameters: parameters.refine((list = []) => list.length <= most, `must be at most ${most} parameters`),
  },
  replaceOn: ["name", "family", "description"],
  unordered: ["parameters"],
  deleteBeforeReplace: true,
  computed: ["arn"],
  async make({ region, name: CacheParameterGroupName, family, description: Description, tagsAll }) {
    const about = { CacheParameterGroupName, CacheParameterGroupFamily: family, Description, Tags: tagList(tagsAll) };
    await elastiCache(region).send(new CreateCacheParameterGroupCommand(about));
    return CacheParameterGroupName;
  },
  async set(CacheParameterGroupName, { region, parameters: wanted = [], tagsAll }, before) {
    const had = (before?.["parameters"] ?? []) as NonNullable<z.infer<typeof parameters>>;
    const gone = had.filter(({ name }) => !wanted.some((each) => each.name === name));
    if (gone.length > 0) {
      const named = { CacheParameterGroupName, ParameterNameValues: valuesOf(gone) };
      await elastiCache(region).send(new ResetCacheParameterGroupCommand(named));
    }
    if (wanted.length > 0) {
      const given = { CacheParameterGroupName, ParameterNameValues: valuesOf(wanted) };
      await elastiCache(region).send(new ModifyCacheParameterGroupCommand(given));
    }
    if (before) await setTags(region, tagsAll, before);
  },
  async find(CacheParameterGroupName, region) {
    const command = new DescribeCacheParameterGroupsCommand({ CacheParameterGroupName });
    const [found] = (await elastiCache(region).send(command)).CacheParameterGroups ?? [];
    if (!found) return undefined;
    const own = new DescribeCacheParametersCommand({ CacheParameterGroupName, Source: "user" });
    const { Parameters = [] } = await elastiCache(region).send(own);
    return {
      name: found.CacheParameterGroupName,
      arn: found.ARN,
      family: found.CacheParameterGroupFamily,
      description: found.Description,
      parameters: Parameters.map(({ ParameterName, ParameterValue }) => ({
        name: ParameterName,
        value: ParameterValue,
      })),
      ...(await findTags(region, found.ARN)),
    };
  },
  remove(CacheParameterGroupName, region, _, call) {
    const ask = () => elastiCache(region).send(new DeleteCacheParameterGroupCommand({ CacheParameterGroupName }));
    return onceFree(ask, ({ name }) => name.startsWith("InvalidCacheParameterGroupState"), call, inUseSeconds);
  },
});

function valuesOf(list: readonly { readonly name: string; readonly value: string }[]) {
  return list.map(({ name, value }) => ({ ParameterName: name, ParameterValue: value }));
}
