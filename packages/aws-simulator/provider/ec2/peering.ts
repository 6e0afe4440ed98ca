import {
  AcceptVpcPeeringConnectionCommand,
  CreateVpcPeeringConnectionCommand,
  DeleteVpcPeeringConnectionCommand,
  DescribeTagsCommand,
  DescribeVpcPeeringConnectionsCommand,
  type EC2Client,
  type VpcPeeringConnection,
} from "@aws-sdk/client-ec2";
import { z } from "zod";
import { required } from "../../../provider-kit/required";
import { contains } from "../../network/ipv4";
import { regional, tagged, tagsFound } from "../resource";
import { changeTags, ec2Error, only, tagsOf } from "./client";
import { ec2Type } from "./ec2-type";

/** `aws:ec2/vpcPeeringConnection:VpcPeeringConnection`: the requester's side. */
export const vpcPeeringConnection = ec2Type({
  token: "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
  inputs: {
    ...regional,
    ...tagged,
    vpcId: z.string(),
    peerVpcId: z.string(),
    peerRegion: z.string().optional(),
    peerOwnerId: z.string().optional(),
    autoAccept: z.boolean().optional(),
  },
  replaceOn: ["vpcId", "peerVpcId", "peerRegion", "peerOwnerId"],
  computed: ["acceptStatus", "peerOwnerId", "peerRegion"],
  validate: ({ peerRegion, autoAccept }) =>
    peerRegion && autoAccept ? ["autoAccept: can't be set with peerRegion: accept it in the other region"] : [],
  async make(client, { vpcId, peerVpcId, peerRegion, peerOwnerId, tagsAll }) {
    const request = { VpcId: vpcId, PeerVpcId: peerVpcId, PeerRegion: peerRegion, PeerOwnerId: peerOwnerId };
    const { VpcPeeringConnection: made } = await client.send(
      new CreateVpcPeeringConnectionCommand({ ...request, ...tagsOf("vpc-peering-connection", tagsAll) }),
    );
    return made?.VpcPeeringConnectionId;
  },
  async configure(client, id, { autoAccept }, state) {
    if (!state) rejectOverlap(await peering(client, id));
    if (autoAccept) await accept(client, id);
  },
  find: outputsOf,
  remove: (client, id) => client.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id })),
});

/** `aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter`. Deleting it keeps the connection. */
export const vpcPeeringConnectionAccepter = ec2Type({
  token: "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
  inputs: { ...regional, ...tagged, vpcPeeringConnectionId: z.string(), autoAccept: z.boolean().optional() },
  replaceOn: ["vpcPeeringConnectionId"],
  computed: ["acceptStatus", "peerOwnerId", "peerRegion", "peerVpcId", "vpcId"],
  make: (client, { vpcPeeringConnectionId: id }) => existing(client, id),
  async configure(client, id, { autoAccept, tagsAll }, state) {
    if (autoAccept) await accept(client, id);
    if (!state) await changeTags(client, id, tagsAll, {});
  },
  async find(client, id) {
    const found = await outputsOf(client, id);
    return found && { ...found, vpcPeeringConnectionId: id };
  },
  remove: () => Promise.resolve(),
});

/** Statuses of connections that no longer exist but that AWS still lists. */
const gone = ["deleted", "deleting", "expired", "failed", "rejected"];

async function peering(client: EC2Client, id: string): Promise<VpcPeeringConnection | undefined> {
  const { VpcPeeringConnections } = await client.send(
    new DescribeVpcPeeringConnectionsCommand({ VpcPeeringConnectionIds: [id] }),
  );
  const found = only(VpcPeeringConnections);
  return gone.includes(found?.Status?.Code ?? "") ? undefined : found;
}

async function existing(client: EC2Client, id: string): Promise<string> {
  if (await peering(client, id)) return id;
  const message = `The vpcPeeringConnection ID '${id}' does not exist`;
  throw ec2Error("DescribeVpcPeeringConnections", "InvalidVpcPeeringConnectionID.NotFound", message);
}

/** Each side of a cross-region connection has separate tags. */
async function outputsOf(client: EC2Client, id: string) {
  const found = await peering(client, id);
  if (!found) return undefined;
  const { Tags } = await client.send(new DescribeTagsCommand({ Filters: [{ Name: "resource-id", Values: [id] }] }));
  return {
    acceptStatus: found.Status?.Code,
    vpcId: found.RequesterVpcInfo?.VpcId,
    peerVpcId: found.AccepterVpcInfo?.VpcId,
    peerOwnerId: found.AccepterVpcInfo?.OwnerId,
    peerRegion: found.AccepterVpcInfo?.Region,
    ...tagsFound(Tags),
  };
}

async function accept(client: EC2Client, id: string): Promise<void> {
  const found = await peering(client, id);
  if (found?.Status?.Code !== "pending-acceptance") return;
  await client.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id }));
}

function rejectOverlap(found: VpcPeeringConnection | undefined): void {
  const requester = required(found?.RequesterVpcInfo?.CidrBlock, "CidrBlock of the requester");
  const accepter = required(found?.AccepterVpcInfo?.CidrBlock, "CidrBlock of the accepter");
  if (!contains(requester, accepter) && !contains(accepter, requester)) return;
  const reason = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range";
  throw ec2Error("CreateVpcPeeringConnection", "failed", reason);
}
