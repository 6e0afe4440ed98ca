import { z } from "zod";
import type { ResourceType } from "../../provider-kit/resource-type";
import type { Properties } from "../../provider-kit/values";
import { defaultRegion, defaultTags } from "./account";

const tags = z.record(z.string(), z.string()).optional();

/** Inputs of a resource that is in a region. */
export const regional = { region: z.string().default(defaultRegion) };
/** Inputs of a resource with tags: its own, and `tagsAll` with those of the provider before them. */
export const tagged = { tags, tagsAll: tags };

/** What holds of every type: another region is another resource, and the provider's tags are a resource's own as well. */
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

/** Tags as most of AWS's calls take them. */
export function tagList(all: Readonly<Record<string, string>> | undefined): { Key: string; Value: string }[] {
  return Object.entries(all ?? {}).map(([Key, Value]) => ({ Key, Value }));
}

/** Tags as they were found, told apart into the resource's own and all of them. */
export function tagsFound(list: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined) {
  const tagsAll = Object.fromEntries((list ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
  const own = Object.entries(tagsAll).filter(([key, value]) => defaultTags()[key] !== value);
  return { tags: Object.fromEntries(own), tagsAll };
}
