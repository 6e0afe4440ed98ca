import {
  AssociateRouteTableCommand,
  CreateRouteTableCommand,
  DeleteRouteTableCommand,
  DescribeRouteTablesCommand,
  DisassociateRouteTableCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import { z } from "zod";
import { regional, tagged, tagsFound } from "../resource";
import { ec2Error, only, tagsOf } from "./client";
import { ec2Type } from "./ec2-type";

/** `aws:ec2/routeTable:RouteTable`. Its routes are separate resources. */
export const routeTable = ec2Type({
  token: "aws:ec2/routeTable:RouteTable",
  inputs: { ...regional, ...tagged, vpcId: z.string() },
  replaceOn: ["vpcId"],
  computed: ["arn", "ownerId"],
  async make(client, { vpcId, tagsAll }) {
    const { RouteTable } = await client.send(
      new CreateRouteTableCommand({ VpcId: vpcId, ...tagsOf("route-table", tagsAll) }),
    );
    return RouteTable?.RouteTableId;
  },
  async find(client, id) {
    const found = only((await client.send(new DescribeRouteTablesCommand({ RouteTableIds: [id] }))).RouteTables);
    return (
      found && {
        arn: `arn:aws:ec2:${await client.config.region()}:${found.OwnerId}:route-table/${id}`,
        ownerId: found.OwnerId,
        vpcId: found.VpcId,
        ...tagsFound(found.Tags),
      }
    );
  },
  remove: (client, RouteTableId) => client.send(new DeleteRouteTableCommand({ RouteTableId })),
});

/**
 * `aws:ec2/routeTableAssociation:RouteTableAssociation`. On AWS, associating another table changes the id. The official
 * plugin then changes the resource's id in place; Pulumi's provider protocol requires a replacement for that.
 */
export const routeTableAssociation = ec2Type({
  token: "aws:ec2/routeTableAssociation:RouteTableAssociation",
  inputs: { ...regional, subnetId: z.string(), routeTableId: z.string() },
  replaceOn: ["subnetId", "routeTableId"],
  deleteBeforeReplace: true,
  computed: [],
  async make(client, { subnetId, routeTableId }) {
    const existing = await association(client, "association.subnet-id", subnetId);
    if (existing) {
      const message = `the specified association for route table ${routeTableId} conflicts with an existing association`;
      throw ec2Error("AssociateRouteTable", "Resource.AlreadyAssociated", message);
    }
    const wanted = { SubnetId: subnetId, RouteTableId: routeTableId };
    return (await client.send(new AssociateRouteTableCommand(wanted))).AssociationId;
  },
  async find(client, id) {
    const found = await association(client, "association.route-table-association-id", id);
    return found && { subnetId: found.SubnetId, routeTableId: found.RouteTableId };
  },
  remove: (client, AssociationId) => client.send(new DisassociateRouteTableCommand({ AssociationId })),
});

async function association(client: EC2Client, filter: string, value: string) {
  const { RouteTables = [] } = await client.send(
    new DescribeRouteTablesCommand({ Filters: [{ Name: filter, Values: [value] }] }),
  );
  return RouteTables.flatMap(({ Associations = [] }) => Associations).find(
    ({ SubnetId, RouteTableAssociationId }) => SubnetId === value || RouteTableAssociationId === value,
  );
}
