import {
  AddTagsToResourceCommand,
  ElastiCacheClient,
  ListTagsForResourceCommand,
  RemoveTagsFromResourceCommand,
} from "@aws-sdk/client-elasticache";
import { z } from "zod";
import type { Properties } from "../../../../provider-kit/values";
import { clientOf } from "../../clients";
import { tagsFound } from "../../resource";
import { changeTags } from "../../tags";

export const service = "ElastiCache";

/** ElastiCache client of a region. */
export const elastiCache = clientOf(service, (options) => new ElastiCacheClient(options));

/** Name of a group. ElastiCache stores names in lower case. */
export const cacheName = (most: number) =>
  z
    .string()
    .min(1)
    .max(most, `must be at most ${most} characters`)
    .regex(/^[a-z0-9-]*$/, "must be lower-case letters, digits and hyphens")
    .regex(/^(?!.*--)[a-z].*(?<!-)$/, "must begin with a letter, not end with a hyphen, and have no two in a row");

export async function findTags(region: string, ResourceName: string | undefined) {
  return tagsFound((await elastiCache(region).send(new ListTagsForResourceCommand({ ResourceName }))).TagList);
}

export async function setTags(
  region: string,
  wanted: Readonly<Record<string, string>> | undefined,
  before: Properties,
): Promise<void> {
  const ResourceName = before["arn"] as string;
  await changeTags(wanted, before, {
    give: (Tags) => elastiCache(region).send(new AddTagsToResourceCommand({ ResourceName, Tags })),
    take: (TagKeys) => elastiCache(region).send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys })),
  });
}
