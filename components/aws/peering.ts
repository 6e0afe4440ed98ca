import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import type { AwsRegion } from "../../model/aws/plan";
import type { Network } from "./network";

/** One side of a peering. */
export interface PeeringSide {
  readonly region: AwsRegion;
  readonly network: Network;
}

export interface PeeringArgs {
  readonly namePrefix: string;
  readonly primary: PeeringSide;
  readonly other: PeeringSide;
}

/**
 * A region's way to Redis in the primary one: a peering of the two networks, and a route to it on both sides. Media never
 * take it. The peering costs nothing, traffic $0.02 a gigabyte (`model/aws/prices.ts`): Redis' is little.
 *
 * @example new Peering("use1", { namePrefix, primary: { region, network }, other }, { parent: this })
 */
export class Peering extends pulumi.ComponentResource {
  /** What has to be there before a node of the other region reaches Redis. */
  readonly path: readonly pulumi.Resource[];

  constructor(name: string, args: PeeringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Peering", name, {}, opts);
    const { primary, other } = args;
    const accepted = this.connect(name, args);
    this.path = [
      this.route(`${name}-to-primary`, other, primary, accepted),
      this.route(`primary-to-${name}`, primary, other, accepted),
    ];
    this.registerOutputs({});
  }

  private connect(name: string, { namePrefix, primary, other }: PeeringArgs): ec2.VpcPeeringConnectionAccepter {
    const tags = { Name: `${namePrefix}-${other.region.code}-to-${primary.region.code}` };
    const asked = new ec2.VpcPeeringConnection(
      `${name}-peering`,
      {
        region: other.region.name,
        vpcId: other.network.vpc.id,
        peerVpcId: primary.network.vpc.id,
        peerRegion: primary.region.name,
        tags,
      },
      { parent: this },
    );
    return new ec2.VpcPeeringConnectionAccepter(
      `${name}-peering-accepted`,
      { region: primary.region.name, vpcPeeringConnectionId: asked.id, autoAccept: true, tags },
      { parent: this },
    );
  }

  private route(
    name: string,
    from: PeeringSide,
    to: PeeringSide,
    accepted: ec2.VpcPeeringConnectionAccepter,
  ): ec2.Route {
    return new ec2.Route(
      name,
      {
        region: from.region.name,
        routeTableId: from.network.routeTable.id,
        destinationCidrBlock: to.region.cidr,
        // Known once it is accepted: a route to one that is not goes nowhere.
        vpcPeeringConnectionId: accepted.vpcPeeringConnectionId,
      },
      { parent: this, dependsOn: [accepted] },
    );
  }
}
