import * as ec2 from "@pulumi/aws/ec2";
import type { Provider } from "@pulumi/aws/provider";
import * as vpc from "@pulumi/aws/vpc";
import { simulatedRegion as region } from "../../../../test/support/simulated-aws";

/** The network's second region. */
const farRegion = "eu-west-1";

/** Settings that differ between two versions of the network. */
export interface NetworkOptions {
  readonly tag: string;
  readonly rule: { readonly description: string; readonly toPort: number };
  readonly subnet: string;
  readonly groupDescription: string;
  readonly trafficType: "ALL" | "REJECT";
  /** VPC that the internet gateway is attached to. With `spare`, the default route leads to the VPC peering instead. */
  readonly home: "network" | "spare";
}

/** Creates one resource of each network type that the program uses, in two peered regions. */
export function network(provider: Provider, { tag, rule, subnet: cidrBlock, home, ...options }: NetworkOptions) {
  const opts = { provider };
  const tags = { Name: tag };
  const main = new ec2.Vpc("network", { region, cidrBlock: "10.0.0.0/16", enableDnsHostnames: true, tags }, opts);
  const spare = new ec2.Vpc("spare", { region, cidrBlock: "10.2.0.0/16", tags }, opts);
  const vpcId = main.id;
  new ec2.DefaultSecurityGroup("closed", { region, vpcId, ingress: [], egress: [], tags }, opts);
  const attached = home === "network" ? main.id : spare.id;
  const gateway = new ec2.InternetGateway("gateway", { region, vpcId: attached, tags }, opts);
  const table = new ec2.RouteTable("table", { region, vpcId, tags }, opts);
  const routeTableId = table.id;
  const subnet = new ec2.Subnet("subnet", { region, vpcId, cidrBlock, tags }, opts);
  new ec2.RouteTableAssociation("association", { region, subnetId: subnet.id, routeTableId }, opts);
  const group = new ec2.SecurityGroup(
    "group",
    { region, vpcId, description: options.groupDescription, tags },
    { ...opts, deleteBeforeReplace: true },
  );
  const world = { region, securityGroupId: group.id, cidrIpv4: "0.0.0.0/0", description: rule.description };
  new vpc.SecurityGroupIngressRule("in", { ...world, ipProtocol: "tcp", fromPort: 443, toPort: rule.toPort }, opts);
  new vpc.SecurityGroupEgressRule("out", { ...world, ipProtocol: "-1" }, opts);
  const address = new ec2.Eip("address", { region, domain: "vpc", tags }, opts);
  const flow = new ec2.FlowLog(
    "flow",
    { ...flowLog(options.trafficType), vpcId, tags },
    { ...opts, deleteBeforeReplace: true },
  );
  const peering = peer(provider, main, tags);
  const internet = home === "network" ? { gatewayId: gateway.id } : { vpcPeeringConnectionId: peering.id };
  new ec2.Route("internet", { region, routeTableId, destinationCidrBlock: "0.0.0.0/0", ...internet }, opts);
  new ec2.Route(
    "far",
    { region, routeTableId, destinationCidrBlock: "10.1.0.0/16", vpcPeeringConnectionId: peering.id },
    opts,
  );
  const ids = { vpc: main.id, gateway: gateway.id, table: table.id, subnet: subnet.id, group: group.id };
  return { ...ids, peering: peering.id, flow: flow.id, allocation: address.allocationId, address: address.publicIp };
}

function flowLog(trafficType: "ALL" | "REJECT") {
  const account = "123456789012";
  const logDestination = `arn:aws:logs:${region}:${account}:log-group:flow`;
  return { region, trafficType, logDestination, iamRoleArn: `arn:aws:iam::${account}:role/flow` };
}

function peer(provider: Provider, main: ec2.Vpc, tags: Record<string, string>) {
  const opts = { provider };
  const other = new ec2.Vpc("other", { region: farRegion, cidrBlock: "10.1.0.0/16", tags }, opts);
  const connection = new ec2.VpcPeeringConnection(
    "peering",
    { region, vpcId: main.id, peerVpcId: other.id, peerRegion: farRegion, tags },
    opts,
  );
  const accepted = new ec2.VpcPeeringConnectionAccepter(
    "accepter",
    { region: farRegion, vpcPeeringConnectionId: connection.id, autoAccept: true, tags },
    opts,
  );
  return accepted;
}
