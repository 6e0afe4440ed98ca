import { isDeepStrictEqual } from "node:util";
import {
  AssociateIamInstanceProfileCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeInstancesCommand,
  DisassociateIamInstanceProfileCommand,
  type EC2Client,
  ModifyInstanceAttributeCommand,
  ModifyInstanceMetadataOptionsCommand,
  ModifyNetworkInterfaceAttributeCommand,
  StartInstancesCommand,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2";
import type { Call } from "../../../provider-kit/resource-type";
import { only } from "./client";
import type { InstanceInputs } from "./instance-inputs";
import { placementOf, validateGroups, validateType } from "./instance-validation";
import { machineOf } from "./machines";
import { changeVolume } from "./root-volume";

type Change = (client: EC2Client, id: string, wanted: InstanceInputs, call: Call) => Promise<unknown>;

/** In-place changes, by input. As on AWS, a change of type stops and starts the instance. */
const changes: Partial<Record<keyof InstanceInputs, Change>> = {
  userData: rejectUserData,
  iamInstanceProfile: changeProfile,
  metadataOptions: changeMetadata,
  vpcSecurityGroupIds: changeGroups,
  rootBlockDevice: (client, id, { rootBlockDevice }) => changeVolume(client, id, rootBlockDevice),
  disableApiTermination: (client, InstanceId, { disableApiTermination: Value }) =>
    client.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value } })),
  instanceType: changeType,
};

/** Applies only the inputs that changed. */
export async function changeInstance(
  client: EC2Client,
  id: string,
  wanted: InstanceInputs,
  state: Partial<InstanceInputs>,
  call: Call,
): Promise<void> {
  for (const [name, change] of Object.entries(changes)) {
    const key = name as keyof InstanceInputs;
    if (!same(state[key], wanted[key])) await change(client, id, wanted, call);
  }
}

function same(was: unknown, is: unknown): boolean {
  const order = (value: unknown) => (Array.isArray(value) ? [...value].sort() : (value ?? ""));
  return isDeepStrictEqual(order(was), order(is));
}

/** Disassociates and associates in two calls: moto's `ReplaceIamInstanceProfileAssociation` keeps the old profile. */
async function changeProfile(client: EC2Client, InstanceId: string, { iamInstanceProfile: Name }: InstanceInputs) {
  const Filters = [{ Name: "instance-id", Values: [InstanceId] }];
  const { IamInstanceProfileAssociations } = await client.send(
    new DescribeIamInstanceProfileAssociationsCommand({ Filters }),
  );
  const AssociationId = only(IamInstanceProfileAssociations)?.AssociationId;
  if (AssociationId) await client.send(new DisassociateIamInstanceProfileCommand({ AssociationId }));
  if (!Name) return;
  await client.send(new AssociateIamInstanceProfileCommand({ InstanceId, IamInstanceProfile: { Name } }));
}

async function changeMetadata(client: EC2Client, InstanceId: string, { metadataOptions }: InstanceInputs, call: Call) {
  const { httpEndpoint, httpTokens, httpPutResponseHopLimit } = metadataOptions;
  await client.send(
    new ModifyInstanceMetadataOptionsCommand({
      InstanceId,
      HttpEndpoint: httpEndpoint,
      HttpTokens: httpTokens,
      HttpPutResponseHopLimit: httpPutResponseHopLimit,
      // moto resets options that the request leaves out.
      HttpProtocolIpv6: "disabled",
      InstanceMetadataTags: "disabled",
    }),
  );
  await (await machineOf(InstanceId, call))?.change({ metadataHops: httpPutResponseHopLimit });
}

/** Changes the groups of the instance and of its interface, which moto stores separately. */
async function changeGroups(client: EC2Client, InstanceId: string, wanted: InstanceInputs) {
  const { vpcSecurityGroupIds: Groups } = wanted;
  await validateGroups(client, wanted, (await placementOf(client, wanted)).subnet);
  await client.send(new ModifyInstanceAttributeCommand({ InstanceId, Groups }));
  const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] }));
  const NetworkInterfaceId = only(only(only(Reservations)?.Instances)?.NetworkInterfaces)?.NetworkInterfaceId;
  if (NetworkInterfaceId) await client.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups }));
}

async function changeType(client: EC2Client, InstanceId: string, wanted: InstanceInputs, call: Call) {
  const { instanceType } = wanted;
  await validateType(client, wanted, await placementOf(client, wanted));
  const machine = await machineOf(InstanceId, call);
  await machine?.stop();
  await client.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }));
  await client.send(new ModifyInstanceAttributeCommand({ InstanceId, InstanceType: { Value: instanceType } }));
  await client.send(new StartInstancesCommand({ InstanceIds: [InstanceId] }));
  await machine?.change({ instanceType });
  await machine?.start();
}

function rejectUserData(): Promise<never> {
  const fix = 'Set { replaceOnChanges: ["userData"] } or { ignoreChanges: ["userData"] } in the resource\'s options';
  throw new Error(
    `userData: can't change on an existing instance: the official plugin would stop and start the instance without effect, because cloud-init runs user data only once. ${fix}`,
  );
}
