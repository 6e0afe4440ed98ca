import type * as ebs from "@pulumi/aws/ebs";
import type * as ec2 from "@pulumi/aws/ec2";
import { eitherOf, inputsOf, type Rule, when } from "../rule";

const instance = "aws:ec2/instance:Instance";

/** Rules for EC2 instances and their volumes. */
export const instanceRules: readonly Rule[] = [
  {
    name: "instance-metadata",
    control: "An instance's metadata service requires IMDSv2 and has a hop limit of 1",
    remedy: 'Set metadataOptions to {httpTokens: "required", httpPutResponseHopLimit: 1}',
    validate: inputsOf<ec2.InstanceArgs>(instance, ({ metadataOptions }) => [
      ...when(
        metadataOptions?.httpTokens !== "required",
        `httpTokens is ${JSON.stringify(metadataOptions?.httpTokens)}`,
      ),
      ...when(
        metadataOptions?.httpPutResponseHopLimit !== 1,
        `httpPutResponseHopLimit is ${metadataOptions?.httpPutResponseHopLimit}`,
      ),
    ]),
  },
  {
    name: "volumes-encrypted",
    control: "Every volume is encrypted",
    remedy: "Set encrypted to true",
    validate: eitherOf(
      inputsOf<ec2.InstanceArgs>(instance, ({ rootBlockDevice, ebsBlockDevices = [] }) => [
        ...when(rootBlockDevice?.encrypted !== true, "the root volume is not encrypted"),
        ...ebsBlockDevices.flatMap(({ encrypted, deviceName }) =>
          when(encrypted !== true, `${deviceName} is not encrypted`),
        ),
      ]),
      inputsOf<ebs.VolumeArgs>("aws:ebs/volume:Volume", ({ encrypted }) =>
        when(encrypted !== true, "the volume is not encrypted"),
      ),
    ),
  },
  {
    name: "no-key-pair",
    control: "No instance has an SSH key pair: nodes pull their desired state",
    remedy: "Remove the key pair; npm run nodes shows the status of each node",
    validate: eitherOf(
      inputsOf<ec2.InstanceArgs>(instance, ({ keyName }) => when(Boolean(keyName), `keyName is "${keyName}"`)),
      inputsOf<ec2.KeyPairArgs>("aws:ec2/keyPair:KeyPair", () => ["it is an SSH key pair"]),
    ),
  },
];
