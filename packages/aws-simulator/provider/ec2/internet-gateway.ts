import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  DeleteInternetGatewayCommand,
  DescribeInternetGatewaysCommand,
  DetachInternetGatewayCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import { z } from "zod";
import { orGone } from "../clients";
import { regional, tagged, tagsFound } from "../resource";
import { only, tagsOf } from "./client";
import { rejectWhileMapped } from "./dependencies";
import { ec2Type } from "./ec2-type";

/** `aws:ec2/internetGateway:InternetGateway`. A change of VPC moves it without replacement. */
export const internetGateway = ec2Type({
  token: "aws:ec2/internetGateway:InternetGateway",
  inputs: { ...regional, ...tagged, vpcId: z.string().optional() },
  replaceOn: [],
  computed: ["arn", "ownerId"],
  async make(client, { tagsAll }) {
    const { InternetGateway } = await client.send(
      new CreateInternetGatewayCommand(tagsOf("internet-gateway", tagsAll)),
    );
    return InternetGateway?.InternetGatewayId;
  },
  async configure(client, InternetGatewayId, { vpcId }) {
    const attached = attachedTo(await gateway(client, InternetGatewayId));
    if (attached === vpcId) return;
    await detach(client, InternetGatewayId, attached);
    if (vpcId) await client.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId: vpcId }));
  },
  async find(client, id) {
    const found = await gateway(client, id);
    return (
      found && {
        arn: `arn:aws:ec2:${await client.config.region()}:${found.OwnerId}:internet-gateway/${id}`,
        ownerId: found.OwnerId,
        vpcId: attachedTo(found),
        ...tagsFound(found.Tags),
      }
    );
  },
  async remove(client, InternetGatewayId) {
    await detach(client, InternetGatewayId, attachedTo(await gateway(client, InternetGatewayId)));
    await client.send(new DeleteInternetGatewayCommand({ InternetGatewayId }));
  },
});

async function gateway(client: EC2Client, id: string) {
  const { InternetGateways } = await client.send(new DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] }));
  return only(InternetGateways);
}

function attachedTo(found: Awaited<ReturnType<typeof gateway>>): string | undefined {
  return only(found?.Attachments)?.VpcId;
}

async function detach(client: EC2Client, InternetGatewayId: string, VpcId: string | undefined): Promise<void> {
  if (!VpcId) return;
  await rejectWhileMapped(client, VpcId);
  await orGone(client.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId })));
}
