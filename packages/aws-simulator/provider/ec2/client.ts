import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  type ResourceType as Ec2ResourceType,
  type TagSpecification,
} from "@aws-sdk/client-ec2";
import type { Properties } from "../../../provider-kit/values";
import { awsError } from "../aws-error";
import { clientOf } from "../clients";
import { tagList } from "../resource";
import { changeTags as changed, type Tags } from "../tags";

/** EC2 of a region. */
export const ec2 = clientOf("EC2", (options) => new EC2Client(options));

/** Tags that a resource is made with. */
export function tagsOf(type: Ec2ResourceType, tagsAll: Tags): { TagSpecifications?: TagSpecification[] } {
  const Tags = tagList(tagsAll);
  return Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: type, Tags }] };
}

/** Gives an existing resource the tags that it is to have, and takes those that it is not. */
export function changeTags(client: EC2Client, id: string, wanted: unknown, before: Properties): Promise<void> {
  const Resources = [id];
  return changed(wanted as Tags, before, {
    give: (list) => client.send(new CreateTagsCommand({ Resources, Tags: list })),
    take: (keys) => client.send(new DeleteTagsCommand({ Resources, Tags: keys.map((Key) => ({ Key })) })),
  });
}

/** What AWS refuses, and the simulator does not, in the words in which AWS does. */
export function ec2Error(operation: string, code: string, message: string): Error {
  return awsError("EC2", operation, code, message);
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
