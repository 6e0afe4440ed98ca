import {
  CreateRoleCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  ListInstanceProfilesForRoleCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { z } from "zod";
import { managed } from "../../managed";
import { tagged, tagList, tagsFound } from "../../resource";
import { changeTags } from "../../tags";
import { normalPolicy, policyText } from "../policy-text";
import { iam, iamName } from "./client";

/** Length and characters as in IAM's API, which allows tabs and line breaks in addition to printable characters. */
const description = z
  .string()
  .max(1000, "must be at most 1000 characters")
  .regex(/^[\t\n\r\x20-\x7e\xa1-\xff]*$/, "must be printable characters of Latin-1")
  .optional();

/** `aws:iam/role:Role` */
export const role = managed({
  token: "aws:iam/role:Role",
  inputs: { ...tagged, name: iamName(64), description, assumeRolePolicy: policyText },
  replaceOn: ["name"],
  deleteBeforeReplace: true,
  computed: ["arn", "createDate", "maxSessionDuration", "path", "uniqueId"],
  async make({ name, description: Description, assumeRolePolicy, tagsAll }) {
    const Tags = tagList(tagsAll);
    const made = { RoleName: name, Description, AssumeRolePolicyDocument: assumeRolePolicy, Tags };
    await iam().send(new CreateRoleCommand(made));
    return name;
  },
  async set(RoleName, { description: Description = "", assumeRolePolicy: PolicyDocument, tagsAll }, before) {
    if (!before) return;
    await iam().send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    await iam().send(new UpdateRoleCommand({ RoleName, Description }));
    await changeTags(tagsAll, before, {
      give: (Tags) => iam().send(new TagRoleCommand({ RoleName, Tags })),
      take: (TagKeys) => iam().send(new UntagRoleCommand({ RoleName, TagKeys })),
    });
  },
  async find(RoleName) {
    const { Role } = await iam().send(new GetRoleCommand({ RoleName }));
    return {
      name: Role?.RoleName,
      arn: Role?.Arn,
      assumeRolePolicy: normalPolicy(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "{}")),
      createDate: Role?.CreateDate?.toISOString(),
      description: Role?.Description ?? "",
      maxSessionDuration: Role?.MaxSessionDuration,
      path: Role?.Path,
      uniqueId: Role?.RoleId,
      ...tagsFound(Role?.Tags),
    };
  },
  /**
   * Removes the role from its instance profiles first, as the official provider does. Fails if the role still has
   * policies that no program manages.
   */
  async remove(RoleName) {
    const { InstanceProfiles = [] } = await iam().send(new ListInstanceProfilesForRoleCommand({ RoleName }));
    for (const { InstanceProfileName } of InstanceProfiles) {
      await iam().send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
    }
    await iam().send(new DeleteRoleCommand({ RoleName }));
  },
});
