import {
  CreateTagsCommand,
  DeleteTagsCommand,
  EC2Client,
  type ResourceType as Ec2ResourceType,
  type TagSpecification,
} from "@aws-sdk/client-ec2";
import type { Properties } from "../../plugin/values";
import { clientOf } from "../clients";
import { tagList } from "../resource";

/** EC2 of a region. */
export const ec2 = clientOf("EC2", (options) => new EC2Client(options));

/** Tags that a resource is made with. */
export function tagsOf(
  type: Ec2ResourceType,
  tagsAll: Readonly<Record<string, string>> | undefined,
): { TagSpecifications?: TagSpecification[] } {
  const Tags = tagList(tagsAll);
  return Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: type, Tags }] };
}

/** Gives an existing resource the tags that it is to have, and takes those that it is not. */
export async function changeTags(
  region: string,
  id: string,
  wanted: Readonly<Record<string, string>> | undefined,
  state: Properties,
): Promise<void> {
  const gone = Object.keys((state["tagsAll"] ?? {}) as Properties).filter((key) => !(key in (wanted ?? {})));
  const Resources = [id];
  if (gone.length > 0) await ec2(region).send(new DeleteTagsCommand({ Resources, Tags: gone.map((Key) => ({ Key })) }));
  const Tags = tagList(wanted);
  if (Tags.length > 0) await ec2(region).send(new CreateTagsCommand({ Resources, Tags }));
}
