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
  /** Sorted by region code, so that the peering stays the same when the primary region changes. */
  readonly sides: readonly [PeeringSide, PeeringSide];
}

/** Returns the two sides sorted by region code. */
export function sortSides(one: PeeringSide, other: PeeringSide): PeeringArgs["sides"] {
  return one.region.code < other.region.code ? [one, other] : [other, one];
}

/** Returns the peering's name, such as `euc1-use1`. */
export function formatPeeringName([one, other]: PeeringArgs["sides"]): string {
  return `${one.region.code}-${other.region.code}`;
}

/**
 * Connects a region to Redis in the primary region: a VPC peering and a route on both sides. Media never uses the
 * peering. The peering itself costs nothing. Its traffic costs $0.02 a gigabyte (`model/aws/prices.ts`), and Redis
 * traffic is small.
 *
 * @example new Peering(formatPeeringName(sides), { namePrefix, sides }, { parent: this })
 */
export class Peering extends pulumi.ComponentResource {
  /** Resources that must exist before a node of one region reaches the other region. */
  readonly path: readonly pulumi.Resource[];

  constructor(name: string, args: PeeringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Peering", name, {}, opts);
    const [one, other] = args.sides;
    const accepted = this.connect(name, args);
    this.path = [this.createRoute(one, other, accepted), this.createRoute(other, one, accepted)];
    this.registerOutputs({});
  }

  private connect(name: string, { namePrefix, sides: [one, other] }: PeeringArgs): ec2.VpcPeeringConnectionAccepter {
    const tags = { Name: `${namePrefix}-${name}` };
    const connection = new ec2.VpcPeeringConnection(
      `${name}-peering`,
      {
        region: one.region.name,
        vpcId: one.network.vpcId,
        peerVpcId: other.network.vpcId,
        peerRegion: other.region.name,
        tags,
      },
      { parent: this },
    );
    return new ec2.VpcPeeringConnectionAccepter(
      `${name}-peering-accepted`,
      { region: other.region.name, vpcPeeringConnectionId: connection.id, autoAccept: true, tags },
      { parent: this },
    );
  }

  private createRoute(from: PeeringSide, to: PeeringSide, accepted: ec2.VpcPeeringConnectionAccepter): ec2.Route {
    return new ec2.Route(
      `${from.region.code}-to-${to.region.code}`,
      {
        region: from.region.name,
        routeTableId: from.network.routeTable.id,
        destinationCidrBlock: to.region.cidr,
        // Uses the accepter's output so that the route is created after the acceptance: a pending peering carries no
        // traffic.
        vpcPeeringConnectionId: accepted.vpcPeeringConnectionId,
      },
      { parent: this, dependsOn: [accepted] },
    );
  }
}
