import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  DeleteInstanceProfileCommand,
  GetInstanceProfileCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  UntagInstanceProfileCommand,
} from "@aws-sdk/client-iam";
import { orGone } from "../../clients";
import { managed } from "../../managed";
import { tagged, tagList, tagsFound } from "../../resource";
import { changeTags } from "../../tags";
import { iam, iamName } from "./client";

/** `aws:iam/instanceProfile:InstanceProfile` */
export const instanceProfile = managed({
  token: "aws:iam/instanceProfile:InstanceProfile",
  inputs: { ...tagged, name: iamName(128), role: iamName(64) },
  replaceOn: ["name"],
  deleteBeforeReplace: true,
  computed: ["arn", "createDate", "path", "uniqueId"],
  async make({ name, tagsAll }) {
    await iam().send(new CreateInstanceProfileCommand({ InstanceProfileName: name, Tags: tagList(tagsAll) }));
    return name;
  },
  async set(InstanceProfileName, { role, tagsAll }, before) {
    if (before?.["role"] !== role) {
      await takeRole(InstanceProfileName, before?.["role"]);
      await iam().send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: role }));
    }
    if (!before) return;
    await changeTags(tagsAll, before, {
      give: (Tags) => iam().send(new TagInstanceProfileCommand({ InstanceProfileName, Tags })),
      take: (TagKeys) => iam().send(new UntagInstanceProfileCommand({ InstanceProfileName, TagKeys })),
    });
  },
  async find(InstanceProfileName) {
    const { InstanceProfile: found } = await iam().send(new GetInstanceProfileCommand({ InstanceProfileName }));
    return {
      name: found?.InstanceProfileName,
      arn: found?.Arn,
      createDate: found?.CreateDate?.toISOString(),
      path: found?.Path,
      role: found?.Roles?.[0]?.RoleName,
      uniqueId: found?.InstanceProfileId,
      ...tagsFound(found?.Tags),
    };
  },
  async remove(InstanceProfileName) {
    const { InstanceProfile } = await iam().send(new GetInstanceProfileCommand({ InstanceProfileName }));
    await takeRole(InstanceProfileName, InstanceProfile?.Roles?.[0]?.RoleName);
    await iam().send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
  },
});

async function takeRole(InstanceProfileName: string, role: unknown): Promise<void> {
  if (typeof role !== "string") return;
  await orGone(iam().send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: role })));
}
