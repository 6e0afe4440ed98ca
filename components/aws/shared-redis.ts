import type * as pulumi from "@pulumi/pulumi";
import type { AwsPlan } from "../../model/aws/plan";
import type { Secrets } from "../../model/settings/secrets";
import { Peering, peeringName, peeringSides } from "./peering";
import { Redis } from "./redis";
import type { Region } from "./region";

export interface SharedRedisArgs {
  readonly plan: AwsPlan;
  readonly secrets: Secrets;
  /** All regions, the primary one first. */
  readonly regions: readonly Region[];
}

/** Redis in the primary region, and a peering from every other region to it. */
export class SharedRedis {
  readonly address: pulumi.Output<string>;
  private readonly redis: Redis;
  /** Peerings by the code of the other region. */
  private readonly peerings: Readonly<Record<string, Peering>>;

  /** @param parent the stack component, parent of these resources */
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

  /** Returns the resources that must exist before a region's nodes reach Redis. */
  path({ region }: Region): readonly pulumi.Resource[] {
    return [...this.redis.path, ...(this.peerings[region.code]?.path ?? [])];
  }
}
