import { AddTagsCommand, DescribeTagsCommand, RemoveTagsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Properties } from "../../../../provider-kit/values";
import { tagsFound } from "../../resource";
import { changeTags } from "../../tags";
import { balancing } from "./client";

/** Returns the tags of a load balancer, target group or listener. */
export async function findTags(region: string, arn: string) {
  const { TagDescriptions } = await balancing(region).send(new DescribeTagsCommand({ ResourceArns: [arn] }));
  return tagsFound(TagDescriptions?.[0]?.Tags);
}

export async function setTags(
  region: string,
  arn: string,
  wanted: Readonly<Record<string, string>> | undefined,
  before: Properties,
): Promise<void> {
  const ResourceArns = [arn];
  await changeTags(wanted, before, {
    give: (Tags) => balancing(region).send(new AddTagsCommand({ ResourceArns, Tags })),
    take: (TagKeys) => balancing(region).send(new RemoveTagsCommand({ ResourceArns, TagKeys })),
  });
}
