import { z } from "zod";
import type { ResourceType } from "../../provider-kit/resource-type";
import type { Properties } from "../../provider-kit/values";
import { defaultRegion, defaultTags } from "./account";

const tags = z.record(z.string(), z.string()).optional();

/** Inputs of a regional resource. */
export const regional = { region: z.string().default(defaultRegion) };
/** Inputs of a resource with tags: `tags`, and `tagsAll`, which merges the provider's default tags and `tags`. */
export const tagged = { tags, tagsAll: tags };

/** Adds the behavior that all types share: a change of region requires replacement, and default tags apply. */
export function asResource(type: ResourceType): ResourceType {
  const { inputs, replaceOn, complete } = type;
  return {
    ...type,
    replaceOn: "region" in inputs ? [...replaceOn, "region"] : replaceOn,
    complete: (given) => ({ ...complete?.(given), ...("tagsAll" in inputs && { tagsAll: allTags(given["tags"]) }) }),
  };
}

function allTags(own: unknown): Properties {
  return { ...defaultTags(), ...(own as Properties | undefined) };
}

/** Returns tags in the format of most AWS calls. */
export function tagList(all: Readonly<Record<string, string>> | undefined): { Key: string; Value: string }[] {
  return Object.entries(all ?? {}).map(([Key, Value]) => ({ Key, Value }));
}

/** Returns tags read from AWS: all tags as `tagsAll`, and those that aren't default tags of the provider as `tags`. */
export function tagsFound(list: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined) {
  const tagsAll = Object.fromEntries((list ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
  const own = Object.entries(tagsAll).filter(([key, value]) => defaultTags()[key] !== value);
  return { tags: Object.fromEntries(own), tagsAll };
}
