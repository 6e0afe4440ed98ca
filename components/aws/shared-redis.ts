import type * as pulumi from "@pulumi/pulumi";
import type { AwsPlan } from "../../model/aws/plan";
import type { Secrets } from "../../model/settings/secrets";
import { Peering, peeringName, peeringSides } from "./peering";
import { Redis } from "./redis";
import type { Region } from "./region";

export interface SharedRedisArgs {
  readonly plan: AwsPlan;
  readonly secrets: Secrets;
  /** The primary one first. */
  readonly regions: readonly Region[];
}

/** The Redis of the primary region, and every other region's way to it. */
export class SharedRedis {
  readonly address: pulumi.Output<string>;
  private readonly redis: Redis;
  /** By the region's code. */
  private readonly peerings: Readonly<Record<string, Peering>>;

  /** @param parent the stack, whose resources these are */
  constructor({ plan, secrets, regions }: SharedRedisArgs, parent: pulumi.Resource) {
    const [primary, ...others] = regions;
    if (primary === undefined) throw new Error("a stack has a region");
    const args = { plan, secrets, vpcId: primary.network.vpcId, subnetIds: primary.sharedSubnetIds };
    this.redis = new Redis(`${primary.region.code}-redis`, args, { parent, aliases: [{ name: "redis" }] });
    this.address = this.redis.address;
    const { namePrefix } = plan;
    this.peerings = Object.fromEntries(
      others.map((other) => {
        const sides = peeringSides(primary, other);
        return [other.region.code, new Peering(peeringName(sides), { namePrefix, sides }, { parent })];
      }),
    );
  }

  /** What has to be there before a region's nodes reach it. */
  path({ region }: Region): readonly pulumi.Resource[] {
    return [...this.redis.path, ...(this.peerings[region.code]?.path ?? [])];
  }
}
