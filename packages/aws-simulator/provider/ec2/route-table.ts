import {
  AssociateRouteTableCommand,
  CreateRouteTableCommand,
  DeleteRouteTableCommand,
  DescribeRouteTablesCommand,
  DisassociateRouteTableCommand,
  type EC2Client,
  ReplaceRouteTableAssociationCommand,
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
 * `aws:ec2/routeTableAssociation:RouteTableAssociation`. On AWS, associating another table changes the association's
 * id, but an update in the engine's protocol can't change a resource's id. A subnet has at most one association, so
 * later calls find it by the subnet.
 */
export const routeTableAssociation = ec2Type({
  token: "aws:ec2/routeTableAssociation:RouteTableAssociation",
  inputs: { ...regional, subnetId: z.string(), routeTableId: z.string() },
  replaceOn: ["subnetId"],
  deleteBeforeReplace: true,
  computed: [],
  async make(client, { subnetId, routeTableId }) {
    if (await associationOf(client, { subnetId })) {
      const message = `the specified association for route table ${routeTableId} conflicts with an existing association`;
      throw ec2Error("AssociateRouteTable", "Resource.AlreadyAssociated", message);
    }
    const wanted = { SubnetId: subnetId, RouteTableId: routeTableId };
    return (await client.send(new AssociateRouteTableCommand(wanted))).AssociationId;
  },
  async configure(client, id, { subnetId, routeTableId: RouteTableId }, state) {
    if (!state) return;
    const AssociationId = (await associationOf(client, { id, subnetId }))?.RouteTableAssociationId;
    await client.send(new ReplaceRouteTableAssociationCommand({ AssociationId, RouteTableId }));
  },
  async find(client, id, { subnetId }) {
    const found = await associationOf(client, { id, subnetId });
    return found && { subnetId: found.SubnetId, routeTableId: found.RouteTableId };
  },
  async remove(client, id, { subnetId }) {
    const AssociationId = (await associationOf(client, { id, subnetId }))?.RouteTableAssociationId ?? id;
    await client.send(new DisassociateRouteTableCommand({ AssociationId }));
  },
});

async function associationOf(client: EC2Client, known: { id?: string; subnetId?: string | undefined }) {
  const { id = "", subnetId } = known;
  const filter = subnetId ? "association.subnet-id" : "association.route-table-association-id";
  const value = subnetId ?? id;
  const { RouteTables = [] } = await client.send(
    new DescribeRouteTablesCommand({ Filters: [{ Name: filter, Values: [value] }] }),
  );
  return RouteTables.flatMap(({ Associations = [] }) => Associations).find(
    ({ SubnetId, RouteTableAssociationId }) => SubnetId === value || RouteTableAssociationId === value,
  );
}
