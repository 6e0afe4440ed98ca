import type { ResourceType } from "../../../provider-kit/resource-type";
import { eip, eipAssociation } from "./address";
import { flowLog } from "./flow-log";
import { instance } from "./instance";
import { internetGateway } from "./internet-gateway";
import { vpcPeeringConnection, vpcPeeringConnectionAccepter } from "./peering";
import { route } from "./route";
import { routeTable, routeTableAssociation } from "./route-table";
import { defaultSecurityGroup, securityGroup } from "./security-group";
import { securityGroupEgressRule, securityGroupIngressRule } from "./security-group-rule";
import { subnet } from "./subnet";
import { vpc } from "./vpc";

/**
 * Resource types of EC2 and VPC. Inputs that require replacement are those with `ForceNew` or `RequiresReplace` in
 * hashicorp/terraform-provider-aws, `internal/service/ec2`, which the official plugin is built from.
 */
export const ec2Types: readonly ResourceType[] = [
  defaultSecurityGroup,
  eip,
  eipAssociation,
  flowLog,
  instance,
  internetGateway,
  route,
  routeTable,
  routeTableAssociation,
  securityGroup,
  securityGroupEgressRule,
  securityGroupIngressRule,
  subnet,
  vpc,
  vpcPeeringConnection,
  vpcPeeringConnectionAccepter,
];
