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

/** EC2 client of a region. */
export const ec2 = clientOf("EC2", (options) => new EC2Client(options));

/** Returns the tags of a create request. */
export function tagsOf(type: Ec2ResourceType, tagsAll: Tags): { TagSpecifications?: TagSpecification[] } {
  const Tags = tagList(tagsAll);
  return Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: type, Tags }] };
}

/** Adds and removes tags of an existing resource, to match the wanted ones. */
export function changeTags(client: EC2Client, id: string, wanted: unknown, before: Properties): Promise<void> {
  const Resources = [id];
  return changed(wanted as Tags, before, {
    give: (list) => client.send(new CreateTagsCommand({ Resources, Tags: list })),
    take: (keys) => client.send(new DeleteTagsCommand({ Resources, Tags: keys.map((Key) => ({ Key })) })),
  });
}

/** Returns an EC2 error in AWS's wording, for requests that AWS rejects but the simulated AWS accepts. */
export function ec2Error(operation: string, code: string, message: string): Error {
  return awsError("EC2", operation, code, message);
}

/** Returns the only result of a request for one id, or undefined if there is none. */
export function only<T>(found: readonly T[] | undefined): T | undefined {
  return found?.[0];
}

/** Builds the ARN of a resource whose description doesn't include the owner. */
export async function arnOf(client: EC2Client, resource: string): Promise<string> {
  const region = await client.config.region();
  // Every region has a default security group. Its description includes the account that owns it.
  const { SecurityGroups } = await client.send(new DescribeSecurityGroupsCommand({}));
  return `arn:aws:ec2:${region}:${SecurityGroups?.[0]?.OwnerId}:${resource}`;
}
