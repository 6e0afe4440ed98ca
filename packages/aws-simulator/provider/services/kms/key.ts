import {
  CreateKeyCommand,
  DescribeKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  ListResourceTagsCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateKeyDescriptionCommand,
} from "@aws-sdk/client-kms";
import { z } from "zod";
import { required } from "../../../../provider-kit/required";
import type { Properties } from "../../../../provider-kit/values";
import { defaultRegion } from "../../account";
import { clientOf } from "../../clients";
import { managed } from "../../managed";
import { regional, tagged, tagList, tagsFound } from "../../resource";
import { changeTags } from "../../tags";

const kms = clientOf("KMS", (options) => new KMSClient(options));

/** `aws:kms/key:Key`, as a key that signs. */
export const key = managed({
  token: "aws:kms/key:Key",
  inputs: {
    ...regional,
    ...tagged,
    description: z.string().max(8192, "must be at most 8192 characters").optional(),
    keyUsage: z.literal("SIGN_VERIFY", "must be SIGN_VERIFY: this provider has no key that encrypts"),
    customerMasterKeySpec: z.literal("ECC_NIST_P256", "must be ECC_NIST_P256, the only specification of this provider"),
    deletionWindowInDays: z.number().int().min(7, "must be at least 7").max(30, "must be at most 30").default(30),
  },
  replaceOn: ["keyUsage", "customerMasterKeySpec"],
  computed: ["arn", "keyId"],
  async make({ region, description: Description, keyUsage, customerMasterKeySpec, tagsAll }) {
    const tags = tagList(tagsAll).map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }));
    const made = { Description, KeyUsage: keyUsage, KeySpec: customerMasterKeySpec, Tags: tags };
    return (await kms(region).send(new CreateKeyCommand(made))).KeyMetadata?.KeyId;
  },
  async set(KeyId, { region, description: Description = "", tagsAll }, before) {
    if (!before) return;
    await kms(region).send(new UpdateKeyDescriptionCommand({ KeyId, Description }));
    await changeTags(tagsAll, before, {
      give: (list) => {
        const Tags = list.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }));
        return kms(region).send(new TagResourceCommand({ KeyId, Tags }));
      },
      take: (TagKeys) => kms(region).send(new UntagResourceCommand({ KeyId, TagKeys })),
    });
  },
  /** A key that is scheduled for deletion counts as removed, as in the official provider. */
  async find(KeyId, region) {
    const found = required((await kms(region).send(new DescribeKeyCommand({ KeyId }))).KeyMetadata, "KeyMetadata");
    if (found.KeyState === "PendingDeletion") return undefined;
    const { Tags = [] } = await kms(region).send(new ListResourceTagsCommand({ KeyId }));
    return {
      arn: found.Arn,
      keyId: found.KeyId,
      description: found.Description ?? "",
      keyUsage: found.KeyUsage,
      customerMasterKeySpec: found.KeySpec,
      ...tagsFound(Tags.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue }))),
    };
  },
  remove: (KeyId, region, { deletionWindowInDays }) =>
    kms(region).send(
      new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: deletionWindowInDays as number | undefined }),
    ),
});

const publicKeyArgs = z.strictObject({ keyId: z.string(), region: z.string().optional() });

/** `aws:kms/getPublicKey:getPublicKey` */
export async function getPublicKey(given: Properties): Promise<Properties> {
  const { keyId, region = defaultRegion() } = publicKeyArgs.parse(given);
  const found = await kms(region).send(new GetPublicKeyCommand({ KeyId: keyId }));
  const base64 = Buffer.from(required(found.PublicKey, "PublicKey")).toString("base64");
  return {
    id: keyId,
    arn: found.KeyId,
    keyId,
    region,
    customerMasterKeySpec: found.KeySpec,
    keyUsage: found.KeyUsage,
    publicKey: base64,
    publicKeyPem: `-----BEGIN PUBLIC KEY-----\n${base64.replaceAll(/.{64}(?!$)/g, "$&\n")}\n-----END PUBLIC KEY-----\n`,
    signingAlgorithms: [...(found.SigningAlgorithms ?? [])],
  };
}
