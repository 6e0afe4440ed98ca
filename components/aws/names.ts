import type * as ec2 from "@pulumi/aws/ec2";
import * as route53 from "@pulumi/aws/route53";
import * as pulumi from "@pulumi/pulumi";
import type { AwsPlan } from "../../model/aws/plan";

export interface NamesArgs {
  readonly plan: AwsPlan;
  readonly zoneId: string;
  /** Elastic IP of each node, by the node's name. */
  readonly addresses: Readonly<Record<string, ec2.Eip>>;
}

/** An address outlives the instance that has it, and so its name; five minutes bound what a slip of the pen does. */
const ttlSeconds = 300;

/**
 * The stack's names in its zone: `livekit.<domain>`, `turn.<domain>` and `<node>.<domain>`. Costs cents a month, by the query.
 *
 * @example new Names("names", { plan, zoneId, addresses }, { parent: this })
 */
export class Names extends pulumi.ComponentResource {
  readonly records: readonly route53.Record[];

  constructor(name: string, args: NamesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("livekit:aws:Names", name, {}, opts);
    const { plan, addresses } = args;
    const all = Object.values(addresses).map(({ publicIp }) => publicIp);
    this.records = [
      this.record("livekit", plan.apiName, all, args),
      this.record("turn", plan.turnName, all, args),
      ...plan.nodes.map((node) => {
        const own = addresses[node.name];
        return this.record(node.name, node.dnsName, own ? [own.publicIp] : [], args);
      }),
    ];
    this.registerOutputs({});
  }

  private record(
    name: string,
    dnsName: string,
    records: readonly pulumi.Input<string>[],
    { zoneId }: NamesArgs,
  ): route53.Record {
    return new route53.Record(
      `${name}-name`,
      { zoneId, name: dnsName, type: "A", ttl: ttlSeconds, records: [...records] },
      { parent: this },
    );
  }
}
