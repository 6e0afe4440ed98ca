import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import type { AwsRegion, AwsSubnet } from "../../model/aws/plan";
import { FlowLog } from "./flow-log";

export interface NetworkArgs {
  /** Starts the names that people see. */
  readonly namePrefix: string;
  readonly region: AwsRegion;
  /** Zones for subnets whose zone the settings don't name, in this order. */
  readonly zones: readonly [string, ...string[]];
  /** Keep a log of the connections that were accepted and refused. */
  readonly flowLogs: boolean;
}

/**
 * One region's network: a VPC whose subnets are all public, since every node has an Elastic IP and so needs no NAT gateway.
 * The VPC's default security group lets nothing in or out. Costs nothing; flow logs cost $0.50 a gigabyte
 * (`model/aws/prices.ts`).
 *
 * @example new Network("euc1", { namePrefix, region, zones: ["eu-central-1a"], flowLogs: false }, { parent: this })
 */
export class Network extends pulumi.ComponentResource {
  readonly vpc: ec2.Vpc;
  /** By the plan's name of the subnet. */
  readonly subnets: Readonly<Record<string, ec2.Subnet>>;
  /** What has to be there before a machine reaches the internet. */
  readonly routes: readonly pulumi.Resource[];
  readonly routeTable: ec2.RouteTable;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Network", name, {}, opts);
    const { region } = args;
    this.vpc = new ec2.Vpc(
      `${name}-vpc`,
      { ...this.common(args, "vpc"), cidrBlock: region.cidr, enableDnsSupport: true, enableDnsHostnames: true },
      { parent: this },
    );
    this.closeDefaultGroup(name, args);
    const table = this.routing(name, args);
    this.routeTable = table.routes;
    this.subnets = Object.fromEntries(
      [...region.subnets, ...region.sharedSubnets].map((subnet) => [subnet.name, this.subnet(name, args, subnet)]),
    );
    this.routes = [table.internet, ...this.associate(name, region, table.routes)];
    if (args.flowLogs) {
      new FlowLog(name, { namePrefix: args.namePrefix, region: region.name, vpcId: this.vpc.id }, { parent: this });
    }
    this.registerOutputs({ vpcId: this.vpc.id });
  }

  private common({ namePrefix, region }: NetworkArgs, what: string) {
    return { region: region.name, tags: { Name: `${namePrefix}-${region.code}-${what}` } };
  }

  /** Whatever is started without a group of its own gets this one. */
  private closeDefaultGroup(name: string, args: NetworkArgs): void {
    new ec2.DefaultSecurityGroup(
      `${name}-default-group`,
      { ...this.common(args, "closed"), vpcId: this.vpc.id, ingress: [], egress: [] },
      { parent: this },
    );
  }

  private routing(name: string, args: NetworkArgs) {
    const common = this.common(args, "public");
    const gateway = new ec2.InternetGateway(`${name}-gateway`, { ...common, vpcId: this.vpc.id }, { parent: this });
    const routes = new ec2.RouteTable(`${name}-routes`, { ...common, vpcId: this.vpc.id }, { parent: this });
    const internet = new ec2.Route(
      `${name}-internet`,
      { region: common.region, routeTableId: routes.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
      { parent: this },
    );
    return { routes, internet };
  }

  private subnet(name: string, args: NetworkArgs, subnet: AwsSubnet): ec2.Subnet {
    const { zones } = args;
    return new ec2.Subnet(
      `${name}-subnet-${subnet.name}`,
      {
        ...this.common(args, `public-${subnet.name}`),
        vpcId: this.vpc.id,
        cidrBlock: subnet.cidr,
        availabilityZone: subnet.zone ?? zones[subnet.index % zones.length] ?? zones[0],
        // A node's one public address is its Elastic IP.
        mapPublicIpOnLaunch: false,
      },
      // A zone that AWS opens later must not move a subnet, and its nodes with it.
      { parent: this, ignoreChanges: subnet.zone === undefined ? ["availabilityZone"] : [] },
    );
  }

  private associate(name: string, region: AwsRegion, routes: ec2.RouteTable): ec2.RouteTableAssociation[] {
    return Object.entries(this.subnets).map(
      ([subnet, { id }]) =>
        new ec2.RouteTableAssociation(
          `${name}-subnet-${subnet}-routes`,
          { region: region.name, subnetId: id, routeTableId: routes.id },
          { parent: this },
        ),
    );
  }
}
