import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import { managed } from "../../managed";
import { regional } from "../../resource";
import { secretsManager } from "./client";

const maxBytes = 65_536;
/** Stage of the version in use. It can move to another version, but can't be removed. */
const currentStage = "AWSCURRENT";

/**
 * `aws:secretsmanager/secretVersion:SecretVersion`. Neither this provider's nor AWS's error messages contain the
 * secret.
 */
export const secretVersion = managed({
  token: "aws:secretsmanager/secretVersion:SecretVersion",
  inputs: {
    ...regional,
    secretId: z.string().min(1),
    secretString: z
      .string("must be text")
      .min(1, "must not be empty")
      .refine((text) => Buffer.byteLength(text) <= maxBytes, `must be at most ${maxBytes} bytes`),
  },
  replaceOn: ["secretId", "secretString"],
  computed: ["arn", "versionId", "versionStages"],
  async make({ region, secretId: SecretId, secretString: SecretString }) {
    const { VersionId } = await secretsManager(region).send(new PutSecretValueCommand({ SecretId, SecretString }));
    return `${SecretId}|${VersionId}`;
  },
  async find(id, region) {
    const [secretId, VersionId] = partsOf(id);
    const command = new GetSecretValueCommand({ SecretId: secretId, VersionId });
    const found = await secretsManager(region).send(command);
    return {
      secretId,
      arn: found.ARN,
      secretString: found.SecretString,
      versionId: found.VersionId,
      versionStages: found.VersionStages,
    };
  },
  /**
   * Removes the version's stages; AWS eventually deletes versions without stages. The current version stays until
   * another one replaces it.
   */
  async remove(id, region, { versionStages }) {
    const [SecretId, RemoveFromVersionId] = partsOf(id);
    for (const VersionStage of (versionStages ?? []) as string[]) {
      if (VersionStage === currentStage) continue;
      await secretsManager(region).send(
        new UpdateSecretVersionStageCommand({ SecretId, VersionStage, RemoveFromVersionId }),
      );
    }
  },
});

function partsOf(id: string): [secretId: string, versionId: string] {
  const [secretId = "", versionId = ""] = id.split("|");
  return [secretId, versionId];
}
