import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { cidrChangeErrors, zoneErrors } from "../../model/aws/live-network";
import { type Offer, zonesOf } from "../../model/aws/offer";
import type { AwsRegion, AwsSubnet } from "../../model/aws/plan";
import type { Settings } from "../../model/settings/schema";
import { type ConfigError, formatErrors } from "../../model/user-error";
import { ConfigRunError } from "../config-run-error";
import { FlowLog } from "./flow-log";

export interface NetworkArgs {
  /** Prefix of the names shown in the AWS console. */
  readonly namePrefix: string;
  readonly region: AwsRegion;
  readonly offer: Offer;
  readonly settings: Pick<Settings, "regions" | "flowLogs">;
}

/**
 * One region's network: a VPC with public subnets only. Every node has an Elastic IP, so no NAT gateway is needed. The
 * VPC's default security group allows nothing in or out. Costs nothing; flow logs cost $0.50 a gigabyte
 * (`model/aws/prices.ts`).
 *
 * @example new Network("euc1", { namePrefix, region, offer, settings }, { parent: this })
 */
export class Network extends pulumi.ComponentResource {
  /** The VPC's id. Fails if the settings specify another CIDR than the existing VPC has. */
  readonly vpcId: pulumi.Output<string>;
  /** Subnet ids by their name in the plan. A node subnet's id fails if its zone differs from the settings. */
  readonly subnetIds: Readonly<Record<string, pulumi.Output<string>>>;
  /** Resources that must exist before an instance reaches the internet. */
  readonly routes: readonly pulumi.Resource[];
  readonly routeTable: ec2.RouteTable;
  private readonly vpc: ec2.Vpc;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Network", name, {}, opts);
    const { region, settings } = args;
    this.vpc = this.createVpc(name, args);
    this.vpcId = requireValid(this.vpc.id, this.vpc.cidrBlock, (live) => cidrChangeErrors(settings, region, live));
    this.closeDefaultGroup(name, args);
    const table = this.createRoutes(name, args);
    this.routeTable = table.routes;
    const subnets = this.createSubnets(name, args);
    this.routes = [table.internet, ...this.associateSubnets(name, region, subnets, table.routes)];
    this.subnetIds = this.validateSubnetIds(args, subnets);
    if (settings.flowLogs) this.createFlowLog(name, args);
    this.registerOutputs({ vpcId: this.vpcId });
  }

  private getCommonArgs({ namePrefix, region }: NetworkArgs, what: string) {
    return { region: region.name, tags: { Name: `${namePrefix}-${region.code}-${what}` } };
  }

  private createVpc(name: string, args: NetworkArgs): ec2.Vpc {
    return new ec2.Vpc(
      `${name}-vpc`,
      {
        ...this.getCommonArgs(args, "vpc"),
        cidrBlock: args.region.cidr,
        enableDnsSupport: true,
        enableDnsHostnames: true,
      },
      // Ignores a changed CIDR in the settings. The output keeps the live VPC's CIDR, and `vpcId` fails if the two
      // CIDRs differ.
      { parent: this, ignoreChanges: ["cidrBlock"] },
    );
  }

  private createFlowLog(name: string, { namePrefix, region }: NetworkArgs): void {
    new FlowLog(name, { namePrefix, region: region.name, vpcId: this.vpcId }, { parent: this });
  }

  /** Closes the default security group: AWS assigns it to any instance that is started without a security group. */
  private closeDefaultGroup(name: string, args: NetworkArgs): void {
    new ec2.DefaultSecurityGroup(
      `${name}-default-group`,
      { ...this.getCommonArgs(args, "closed"), vpcId: this.vpcId, ingress: [], egress: [] },
      { parent: this },
    );
  }

  private createRoutes(name: string, args: NetworkArgs) {
    const common = this.getCommonArgs(args, "public");
    const gateway = new ec2.InternetGateway(`${name}-gateway`, { ...common, vpcId: this.vpcId }, { parent: this });
    const routes = new ec2.RouteTable(`${name}-routes`, { ...common, vpcId: this.vpcId }, { parent: this });
    const internet = new ec2.Route(
      `${name}-internet`,
      { region: common.region, routeTableId: routes.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
      { parent: this },
    );
    return { routes, internet };
  }

  private createSubnets(name: string, args: NetworkArgs): Subnets {
    const { region, offer } = args;
    const zones = zonesOf(region, offer);
    const own = Object.fromEntries(
      region.subnets.map((subnet) => {
        const zone = subnet.zone ?? zones[subnet.index % zones.length] ?? zones[0];
        return [subnet.name, this.createSubnet(name, args, subnet, zone)];
      }),
    );
    const shared = region.sharedSubnets.map((subnet) => {
      // Uses the zone of the node subnet beside the shared subnet. `zones` may differ from it, because the zones that
      // offer the instance type may have changed since the node subnet was created.
      const beside = region.subnets[subnet.index] ?? region.subnets[0];
      const zone = subnet.zone ?? own[beside.name]?.availabilityZone ?? zones[0];
      return [subnet.name, this.createSubnet(name, args, subnet, zone)] as const;
    });
    return { ...own, ...Object.fromEntries(shared) };
  }

  private createSubnet(name: string, args: NetworkArgs, subnet: AwsSubnet, zone: pulumi.Input<string>): ec2.Subnet {
    return new ec2.Subnet(
      `${name}-subnet-${subnet.name}`,
      {
        ...this.getCommonArgs(args, `public-${subnet.name}`),
        vpcId: this.vpcId,
        cidrBlock: subnet.cidr,
        availabilityZone: zone,
        // A node's only public address is its Elastic IP.
        mapPublicIpOnLaunch: false,
      },
      // Ignores zone changes: an availability zone that AWS adds must not replace subnets and nodes. If the zone in the
      // settings differs from the live zone, the output of the subnet's id fails.
      { parent: this, ignoreChanges: ["availabilityZone"] },
    );
  }

  private validateSubnetIds({ settings, region, offer }: NetworkArgs, subnets: Subnets): Network["subnetIds"] {
    const ids = Object.entries(subnets).map(([name, { id, availabilityZone }]) => {
      const plan = region.subnets.find((subnet) => subnet.name === name);
      return [
        name,
        plan ? requireValid(id, availabilityZone, (live) => zoneErrors(settings, region, plan, offer, live)) : id,
      ];
    });
    return Object.fromEntries(ids);
  }

  private associateSubnets(
    name: string,
    region: AwsRegion,
    subnets: Subnets,
    routes: ec2.RouteTable,
  ): ec2.RouteTableAssociation[] {
    return Object.entries(subnets).map(
      ([subnet, { id }]) =>
        new ec2.RouteTableAssociation(
          `${name}-subnet-${subnet}-routes`,
          { region: region.name, subnetId: id, routeTableId: routes.id },
          { parent: this },
        ),
    );
  }
}

/** Subnets by their name in the plan. */
type Subnets = Readonly<Record<string, ec2.Subnet>>;

/**
 * Returns the id as an output that fails if the live value contradicts the settings. The preview fails already, before
 * any resource that uses the id changes.
 */
function requireValid(
  id: pulumi.Output<string>,
  live: pulumi.Output<string>,
  validate: (live: string) => readonly ConfigError[],
): pulumi.Output<string> {
  return pulumi.all([id, live]).apply(([known, value]) => {
    const errors = validate(value);
    if (errors.length > 0) throw createRejection(errors);
    return known;
  });
}

/**
 * Returns an error with a read-only message. Otherwise the SDK would put the name of each input that uses the id before
 * the message.
 */
function createRejection(errors: readonly ConfigError[]): ConfigRunError {
  const message = formatErrors(errors);
  return Object.defineProperty(new ConfigRunError(message), "message", { get: () => message, set: () => undefined });
}
