import { crc32 } from "node:zlib";
import {
  CreateRouteCommand,
  DeleteRouteCommand,
  DescribeRouteTablesCommand,
  type EC2Client,
  ReplaceRouteCommand,
} from "@aws-sdk/client-ec2";
import { z } from "zod";
import { orGone } from "../clients";
import { regional } from "../resource";
import { only } from "./client";
import { ec2Type } from "./ec2-type";

/** `aws:ec2/route:Route`. Its target can change in place. */
export const route = ec2Type({
  token: "aws:ec2/route:Route",
  inputs: {
    ...regional,
    routeTableId: z.string(),
    destinationCidrBlock: z.string(),
    gatewayId: z.string().optional(),
    vpcPeeringConnectionId: z.string().optional(),
  },
  replaceOn: ["routeTableId", "destinationCidrBlock"],
  computed: ["origin", "state"],
  validate: ({ gatewayId, vpcPeeringConnectionId }) =>
    (gatewayId === undefined) === (vpcPeeringConnectionId === undefined)
      ? ["gatewayId, vpcPeeringConnectionId: one of them is required, and no more than one"]
      : [],
  async make(client, wanted) {
    await client.send(new CreateRouteCommand(requestOf(wanted)));
    return idOf(wanted.routeTableId, wanted.destinationCidrBlock);
  },
  async configure(client, _id, wanted, state) {
    if (state) await client.send(new ReplaceRouteCommand(requestOf(wanted)));
  },
  async find(client, _id, { routeTableId = "", destinationCidrBlock = "" }) {
    const found = await routeOf(client, routeTableId, destinationCidrBlock);
    return (
      found && {
        routeTableId,
        destinationCidrBlock,
        gatewayId: found.GatewayId,
        vpcPeeringConnectionId: found.VpcPeeringConnectionId,
        origin: found.Origin,
        state: found.State,
      }
    );
  },
  remove: (client, _id, { routeTableId, destinationCidrBlock }) =>
    client.send(new DeleteRouteCommand({ RouteTableId: routeTableId, DestinationCidrBlock: destinationCidrBlock })),
});

/** Builds the id as the official plugin does (`RouteCreateID`). */
function idOf(routeTableId: string, destination: string): string {
  return `r-${routeTableId}${crc32(destination)}`;
}

function requestOf(wanted: {
  routeTableId: string;
  destinationCidrBlock: string;
  gatewayId?: string | undefined;
  vpcPeeringConnectionId?: string | undefined;
}) {
  return {
    RouteTableId: wanted.routeTableId,
    DestinationCidrBlock: wanted.destinationCidrBlock,
    GatewayId: wanted.gatewayId,
    VpcPeeringConnectionId: wanted.vpcPeeringConnectionId,
  };
}

async function routeOf(client: EC2Client, routeTableId: string, destination: string) {
  const found = await orGone(client.send(new DescribeRouteTablesCommand({ RouteTableIds: [routeTableId] })));
  return only(found?.RouteTables)?.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === destination);
}
