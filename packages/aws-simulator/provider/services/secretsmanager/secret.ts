import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import type { Properties } from "../../../../provider-kit/values";
import { orGone } from "../../clients";
import { managed } from "../../managed";
import { regional, tagged, tagList, tagsFound } from "../../resource";
import { changeTags } from "../../tags";
import { until } from "../until";
import { secretsManager } from "./client";

const name = z
  .string()
  .min(1)
  .max(512, "must be at most 512 characters")
  .regex(/^[A-Za-z0-9/_+=.@-]*$/, "must be letters, digits and any of /_+=.@-");

/** `aws:secretsmanager/secret:Secret` */
export const secret = managed({
  token: "aws:secretsmanager/secret:Secret",
  inputs: {
    ...regional,
    ...tagged,
    name,
    description: z.string().max(2048, "must be at most 2048 characters").optional(),
    recoveryWindowInDays: z
      .number()
      .int()
      .refine((days) => days === 0 || (days >= 7 && days <= 30), "must be 0 or between 7 and 30")
      .default(30),
  },
  replaceOn: ["name"],
  deleteBeforeReplace: true,
  computed: ["arn"],
  async make({ region, name: Name, description: Description, tagsAll }) {
    const made = new CreateSecretCommand({ Name, Description, Tags: tagList(tagsAll) });
    return (await secretsManager(region).send(made)).ARN ?? Name;
  },
  async set(SecretId, { region, description: Description = "", tagsAll }, before) {
    if (!before) return;
    await secretsManager(region).send(new UpdateSecretCommand({ SecretId, Description }));
    await changeTags(tagsAll, before, {
      give: (Tags) => secretsManager(region).send(new TagResourceCommand({ SecretId, Tags })),
      take: (TagKeys) => secretsManager(region).send(new UntagResourceCommand({ SecretId, TagKeys })),
    });
  },
  find,
  async remove(SecretId, region, { recoveryWindowInDays: days = 30 }, call) {
    const gone = days === 0 ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: days as number };
    await secretsManager(region).send(new DeleteSecretCommand({ SecretId, ...gone }));
    await until(async () => (await orGone(find(SecretId, region))) === undefined, call);
  },
});

/** Returns the secret. One that is scheduled for deletion counts as removed, as in the official provider. */
async function find(SecretId: string, region: string): Promise<Properties | undefined> {
  const found = await secretsManager(region).send(new DescribeSecretCommand({ SecretId }));
  if (found.DeletedDate) return undefined;
  return { arn: found.ARN, name: found.Name, description: found.Description ?? "", ...tagsFound(found.Tags) };
}
