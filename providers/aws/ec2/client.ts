import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeSecurityGroupsCommand,
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
  client: EC2Client,
  id: string,
  wanted: Readonly<Record<string, string>> | undefined,
  state: Properties,
): Promise<void> {
  const gone = Object.keys((state["tagsAll"] ?? {}) as Properties).filter((key) => !(key in (wanted ?? {})));
  const Resources = [id];
  if (gone.length > 0) await client.send(new DeleteTagsCommand({ Resources, Tags: gone.map((Key) => ({ Key })) }));
  const Tags = tagList(wanted);
  if (Tags.length > 0) await client.send(new CreateTagsCommand({ Resources, Tags }));
}

/** What AWS refuses, and the simulator does not, in the words in which AWS does. */
export function refusal(operation: string, code: string, message: string): Error {
  const error = new Error(`operation error EC2: ${operation}, api error ${code}: ${message}`);
  error.name = code;
  return error;
}

/** The first of what was found: ids are asked for one at a time. */
export function only<T>(found: readonly T[] | undefined): T | undefined {
  return found?.[0];
}

/** An ARN of a resource whose description doesn't name its owner. */
export async function arnOf(client: EC2Client, resource: string): Promise<string> {
  const region = await client.config.region();
  // Every region has a default security group.
  const { SecurityGroups } = await client.send(new DescribeSecurityGroupsCommand({}));
  return `arn:aws:ec2:${region}:${SecurityGroups?.[0]?.OwnerId}:${resource}`;
}
