import { DescribeVolumesCommand, type EC2Client, type Instance, ModifyVolumeCommand } from "@aws-sdk/client-ec2";
import { required } from "../../../provider-kit/required";
import { defaultTags } from "../account";
import { tagsFound } from "../resource";
import { changeTags, ec2Error, only } from "./client";
import type { InstanceInputs } from "./instance-inputs";

type RootVolume = InstanceInputs["rootBlockDevice"];

/** Returns an instance's root volume in the format of the instance's inputs. */
export async function volumeFound(client: EC2Client, instance: Instance) {
  const found = await volumeOf(client, required(instance.InstanceId, "InstanceId"));
  return {
    volumeType: found?.VolumeType,
    volumeSize: found?.Size,
    encrypted: found?.Encrypted,
    deleteOnTermination: only(found?.Attachments)?.DeleteOnTermination,
    tags: tagsFound(found?.Tags).tags,
  };
}

/** Reports whether encryption changes. A volume's encryption can't change, so that requires a new instance. */
export function encryptionChanges(was: unknown, is: unknown): boolean {
  const encrypted = (volume: unknown) => (volume as Partial<RootVolume> | undefined)?.encrypted ?? false;
  return encrypted(was) !== encrypted(is);
}

/** Updates the volume's type, size and tags. @throws AWS's error if it would shrink */
export async function changeVolume(client: EC2Client, instanceId: string, wanted: RootVolume): Promise<void> {
  const found = await volumeOf(client, instanceId);
  const { VolumeId = "", VolumeType, Size = 0 } = found ?? {};
  const { volumeType, volumeSize = Size, tags } = wanted;
  if (volumeSize < Size) {
    throw ec2Error("ModifyVolume", "InvalidParameterValue", "New size cannot be smaller than existing size");
  }
  if (volumeType !== VolumeType || volumeSize !== Size) {
    await client.send(new ModifyVolumeCommand({ VolumeId, VolumeType: volumeType as "gp3", Size: volumeSize }));
  }
  await changeTags(client, VolumeId, { ...defaultTags(), ...tags }, tagsFound(found?.Tags));
}

async function volumeOf(client: EC2Client, instanceId: string) {
  const Filters = [{ Name: "attachment.instance-id", Values: [instanceId] }];
  return only((await client.send(new DescribeVolumesCommand({ Filters }))).Volumes);
}
