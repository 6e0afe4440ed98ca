import * as pulumi from "@pulumi/pulumi";
import type { AwsPlan } from "../../model/aws/plan";
import type { Secrets } from "../../model/settings/secrets";
import { adoptChild } from "./former-parent";
import { formatPeeringName, Peering, sortSides } from "./peering";
import { Redis } from "./redis";
import type { Region } from "./region";

export interface SharedRedisArgs {
  readonly plan: AwsPlan;
  readonly secrets: Secrets;
  /** All regions, the primary one first. */
  readonly regions: readonly Region[];
}

/**
 * Redis in the primary region, and a peering from every other region to it. Costs nothing besides these resources.
 *
 * @example new SharedRedis("redis", { plan, secrets, regions }, { parent: this })
 */
export class SharedRedis extends pulumi.ComponentResource {
  /** `host:port`. The host resolves to a private address in every region. */
  readonly address: pulumi.Output<string>;
  private readonly redis: Redis;
  /** Peerings by the code of the other region. */
  private readonly peerings: Readonly<Record<string, Peering>>;

  constructor(name: string, args: SharedRedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:SharedRedis", name, {}, opts);
    const [primary, ...others] = args.regions;
    if (primary === undefined) throw new Error("the plan has no region");
    this.redis = this.createRedis(args, primary, opts);
    this.peerings = this.createPeerings(args, primary, others, opts);
    this.address = this.redis.address;
    this.registerOutputs({ address: this.address });
  }

  /** Returns the resources that must exist before a region's nodes reach Redis. */
  getPath({ region }: Region): readonly pulumi.Resource[] {
    return [...this.redis.path, ...(this.peerings[region.code]?.path ?? [])];
  }

  private createRedis(
    { plan, secrets }: SharedRedisArgs,
    { region, network, sharedSubnetIds }: Region,
    opts: pulumi.ComponentResourceOptions | undefined,
  ): Redis {
    return new Redis(
      `${region.code}-redis`,
      { plan, secrets, vpcId: network.vpcId, subnetIds: sharedSubnetIds },
      adoptChild(this, opts, "redis"),
    );
  }

  private createPeerings(
    { plan: { namePrefix } }: SharedRedisArgs,
    primary: Region,
    others: readonly Region[],
    opts: pulumi.ComponentResourceOptions | undefined,
  ): Readonly<Record<string, Peering>> {
    const peerings = others.map((other) => {
      const sides = sortSides(primary, other);
      return [other.region.code, new Peering(formatPeeringName(sides), { namePrefix, sides }, adoptChild(this, opts))];
    });
    return Object.fromEntries(peerings);
  }
}
