import type { Properties } from "../../provider-kit/values";
import { tagList } from "./resource";

export type Tags = Readonly<Record<string, string>> | undefined;
type TagList = ReturnType<typeof tagList>;

/** Adds and removes tags of an existing resource with the service's calls, to match the wanted ones. */
export async function changeTags(
  wanted: Tags,
  before: Properties,
  { give, take }: { give: (tags: TagList) => Promise<unknown>; take: (keys: string[]) => Promise<unknown> },
): Promise<void> {
  const had = (before["tagsAll"] ?? {}) as NonNullable<Tags>;
  const gone = Object.keys(had).filter((key) => !(key in (wanted ?? {})));
  const given = tagList(wanted).filter(({ Key, Value }) => had[Key] !== Value);
  if (gone.length > 0) await take(gone);
  if (given.length > 0) await give(given);
}
